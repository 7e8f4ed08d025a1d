#ifndef STREAMPAIR_SERVER_SIGNAL_WAITER_H_
#define STREAMPAIR_SERVER_SIGNAL_WAITER_H_

#include <cstdint>
#include <utility>

#include "absl/time/time.h"
#include "core/base/result.h"
#include "core/base/unique_fd.h"

namespace streampair {

// Takes SIGTERM, SIGINT and SIGHUP as something to wait for, so that no code runs in a signal
// handler. Make it before any thread starts, since threads inherit what is blocked.
// Thread-compatible.
class SignalWaiter {
 public:
  // What somebody asks for by a signal: SIGTERM and SIGINT to stop, SIGHUP to read files again.
  enum class Request : uint8_t { kNone, kStop, kReload };

  // Blocks the signals for the process. Fails with (POSIX, errno), stage internal.
  static Result<SignalWaiter> Make();

  // What the next signal asks for; kNone when `timeout` has passed. Infinite waits for ever.
  Request Wait(absl::Duration timeout);

 private:
  explicit SignalWaiter(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_SIGNAL_WAITER_H_
