#ifndef STREAMPAIR_SERVER_SIGNAL_WAITER_H_
#define STREAMPAIR_SERVER_SIGNAL_WAITER_H_

#include <utility>

#include "absl/time/time.h"
#include "core/base/result.h"
#include "core/base/unique_fd.h"

namespace streampair {

// Takes SIGTERM and SIGINT as something to wait for, so that no code runs in a signal handler. Make
// it before any thread starts, since threads inherit what is blocked. Thread-compatible.
class SignalWaiter {
 public:
  // Blocks both signals for the process. Fails with (POSIX, errno), stage internal.
  static Result<SignalWaiter> Make();

  // True once a signal has come, one true for each; false when `timeout` has passed. Infinite waits
  // for ever.
  bool Wait(absl::Duration timeout);

 private:
  explicit SignalWaiter(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_SIGNAL_WAITER_H_
