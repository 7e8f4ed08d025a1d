#ifndef STREAMPAIR_TESTS_HARNESS_WAIT_H_
#define STREAMPAIR_TESTS_HARNESS_WAIT_H_

#include <functional>

#include "absl/time/time.h"

namespace streampair::testing {

// How long a test waits for what must happen. Generous: only a failing test ever waits so long.
constexpr absl::Duration kPatience = absl::Seconds(30);

// Waits until `condition` holds, for things of the outside world that send no notice (a process
// that begins to listen, a counter in /proc). The only place in tests/ that looks again and again;
// everything else waits for its event. Returns whether the condition came to hold.
[[nodiscard]] bool WaitUntil(const std::function<bool()>& condition,
                             absl::Duration patience = kPatience);

}  // namespace streampair::testing

#endif  // STREAMPAIR_TESTS_HARNESS_WAIT_H_
