#include "core/flow/growth_pool.h"

#include <algorithm>

namespace streampair {

size_t GrowthPool::Take(size_t wanted) {
  size_t left = left_.load(std::memory_order_relaxed);
  size_t given;
  do {
    given = std::min(wanted, left);
  } while (!left_.compare_exchange_weak(left, left - given, std::memory_order_relaxed));
  return given;
}

}  // namespace streampair
