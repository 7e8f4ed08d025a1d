#include "core/flow/adaptive_size.h"

#include <algorithm>

#include "core/base/check.h"

namespace streampair {

void AdaptiveSize::OnRead(size_t bytes) {
  SP_CHECK(bytes <= size_);
  if (bytes == size_) {
    size_ = std::min(size_ * 2, kMax);
  } else if (bytes < size_ / 4) {
    size_ = std::max(size_ / 2, kMin);
  }
}

}  // namespace streampair
