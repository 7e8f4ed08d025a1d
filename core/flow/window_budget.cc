#include "core/flow/window_budget.h"

#include <algorithm>

#include "core/base/check.h"

namespace streampair {

size_t WindowBudget::Take(size_t wanted) {
  size_t given = std::min(wanted, limits_.extra - taken_);
  if (pool_ != nullptr) given = pool_->Take(given);
  taken_ += given;
  return given;
}

void WindowBudget::GiveBack(size_t bytes) {
  SP_CHECK(bytes <= taken_);
  taken_ -= bytes;
  if (pool_ != nullptr) pool_->GiveBack(bytes);
}

}  // namespace streampair
