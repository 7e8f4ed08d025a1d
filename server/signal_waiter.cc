#include "server/signal_waiter.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/time/clock.h"
#include "core/base/posix_errors.h"

namespace streampair {
namespace {

// In milliseconds for poll(2), rounded up; -1 for ever.
int PollTimeout(absl::Duration timeout) {
  if (timeout == absl::InfiniteDuration()) return -1;
  const auto millis = absl::ToInt64Milliseconds(absl::Ceil(timeout, absl::Milliseconds(1)));
  return static_cast<int>(std::clamp<int64_t>(millis, 0, 1000 * 1000 * 1000));
}

}  // namespace

Result<SignalWaiter> SignalWaiter::Make() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  if (const int error = pthread_sigmask(SIG_BLOCK, &signals, nullptr); error != 0) {
    return PosixError(Stage::kInternal, error, "block the signals");
  }
  UniqueFd fd(signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!fd.valid()) return PosixError(Stage::kInternal, errno, "wait for signals");
  return SignalWaiter(std::move(fd));
}

SignalWaiter::Request SignalWaiter::Wait(absl::Duration timeout) {
  const absl::Time until = absl::Now() + timeout;
  while (true) {
    signalfd_siginfo info;
    if (read(fd_.get(), &info, sizeof(info)) == sizeof(info)) {
      return info.ssi_signo == SIGHUP ? Request::kReload : Request::kStop;
    }
    pollfd poll_fd = {fd_.get(), POLLIN, 0};
    const absl::Duration left = timeout == absl::InfiniteDuration() ? timeout : until - absl::Now();
    if (left <= absl::ZeroDuration()) return Request::kNone;
    poll(&poll_fd, 1, PollTimeout(left));
  }
}

}  // namespace streampair
