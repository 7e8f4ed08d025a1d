#include "core/base/deadline.h"

#include <algorithm>

namespace streampair {

Deadline Deadline::After(MonotonicTime now, absl::Duration duration) {
  return Deadline(now + duration);
}

Deadline Deadline::After(const Clock& clock, absl::Duration duration) {
  return After(clock.Now(), duration);
}

absl::Duration Deadline::Left(MonotonicTime now) const {
  return std::max(when_ - now, absl::ZeroDuration());
}

}  // namespace streampair
