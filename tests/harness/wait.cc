#include "tests/harness/wait.h"

#include <algorithm>

#include "absl/time/clock.h"

namespace streampair::testing {

bool WaitUntil(const std::function<bool()>& condition, absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  absl::Duration pause = absl::Microseconds(200);
  while (!condition()) {
    if (absl::Now() > deadline) return false;
    absl::SleepFor(pause);
    pause = std::min(2 * pause, absl::Milliseconds(20));
  }
  return true;
}

}  // namespace streampair::testing
