#include "core/dial/dial_run.h"

#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/netdb_errors.h"
#include "core/base/posix_errors.h"
#include "core/net/socket.h"

namespace streampair {
namespace {

// What has to be in force before the first packet leaves.
Result<void> Configure(int fd, const DialOptions& options) {
  if (options.receive_buffer > 0) {
    if (auto set = SetReceiveBuffer(fd, options.receive_buffer); !set.ok()) return set;
  }
  if (options.send_buffer > 0) {
    if (auto set = SetSendBuffer(fd, options.send_buffer); !set.ok()) return set;
  }
  if (options.keepalive.on) {
    if (auto set = SetKeepalive(fd, options.keepalive); !set.ok()) return set;
  }
  if (options.user_timeout > absl::ZeroDuration()) {
    if (auto set = SetUserTimeout(fd, options.user_timeout); !set.ok()) return set;
  }
  return SetNoDelay(fd, options.no_delay);
}

}  // namespace

DialRun::DialRun(const Context& context, DialTarget target, const DialOptions& options,
                 Dialer::Done done)
    : context_(context),
      target_(std::move(target)),
      options_(options),
      done_(std::move(done)),
      outcome_{UniqueFd(), {}, {}, {}, {}, {}} {}

void DialRun::Start() {
  began_ = context_.loop.Now();
  timer_ = context_.loop.AddTimer(began_ + options_.connect_timeout, [this] { OnDeadline(); });
  if (std::optional<Error> refused = context_.policy.JudgeTarget(target_)) {
    return Settle(*std::move(refused));
  }
  if (options_.connect_timeout <= absl::ZeroDuration()) return;  // The deadline ends it.
  if (!target_.endpoints.empty()) {
    endpoints_ = target_.endpoints;
    return TryNext();
  }
  if (!target_.host.has_value()) {
    return Settle(NoAddress("the target has neither a name nor an address"));
  }
  lookup_ = context_.resolver.Start(
      target_.host->name, ResolveOptions{options_.families},
      [this](Result<Resolution> resolved) { OnResolved(std::move(resolved)); });
}

void DialRun::Abandon() {
  context_.loop.CancelTimer(std::exchange(timer_, 0));
  context_.resolver.Cancel(std::exchange(lookup_, 0));
  CloseSocket();
  done_ = nullptr;
}

void DialRun::OnResolved(Result<Resolution> resolved) {
  lookup_ = 0;
  outcome_.lookup_took = context_.loop.Now() - began_;
  if (!resolved.ok()) return Settle(std::move(resolved).error());
  for (const IpAddress& address : resolved->addresses) {
    endpoints_.push_back(Endpoint{address, target_.host->port.value()});
  }
  outcome_.resolution = *std::move(resolved);
  TryNext();
}

void DialRun::OnDeadline() {
  timer_ = 0;
  const std::string limit =
      absl::StrCat("the connect timeout of ", absl::FormatDuration(options_.connect_timeout));
  if (lookup_ != 0) {
    context_.resolver.Cancel(std::exchange(lookup_, 0));
    outcome_.lookup_took = context_.loop.Now() - began_;
    return Settle(ResolverTimeout(
        absl::StrCat("\"", target_.host->name.str(), "\": no answer within ", limit)));
  }
  Error error = PosixError(Stage::kConnect, ETIMEDOUT, absl::StrCat("connect within ", limit));
  if (!fd_.valid()) return Settle(std::move(error));
  FailAttempt(std::move(error));
  Settle(*outcome_.attempts.back().error);
}

void DialRun::TryNext() {
  while (next_ < endpoints_.size()) {
    if (Try(endpoints_[next_++])) return;
  }
  Settle(*outcome_.attempts.back().error);
}

bool DialRun::Try(const Endpoint& endpoint) {
  began_ = context_.loop.Now();
  outcome_.attempts.push_back(Attempt{endpoint});
  Result<bool> connected = JudgeAndConnect(endpoint);
  if (!connected.ok()) {
    FailAttempt(std::move(connected).error());
    return false;
  }
  if (*connected) return TakeConnected();
  watch_ = context_.loop.Watch(fd_.get(), EPOLLOUT, shared_from_this());
  if (watch_ != 0) return true;
  FailAttempt(PosixError(Stage::kConnect, ENOMEM, "watch the connecting socket"));
  return false;
}

Result<bool> DialRun::JudgeAndConnect(const Endpoint& endpoint) {
  if (std::optional<Error> refused = context_.policy.JudgeAddress(target_, endpoint)) {
    return *std::move(refused);
  }
  Result<UniqueFd> fd = OpenTcpSocket(endpoint.address.family());
  if (!fd.ok()) return std::move(fd).error();
  fd_ = *std::move(fd);
  if (Result<void> set = Configure(fd_.get(), options_); !set.ok()) return std::move(set).error();
  return StartConnect(fd_.get(), endpoint);
}

void DialRun::OnEvents(uint32_t) {
  const int err = TakeSocketError(fd_.get());
  if (err != 0) {
    FailAttempt(PosixError(Stage::kConnect, err, "connect"));
    return TryNext();
  }
  if (!PeerEndpoint(fd_.get()).ok()) return;  // Spurious: still under way.
  if (!TakeConnected()) TryNext();
}

bool DialRun::TakeConnected() {
  Attempt& attempt = outcome_.attempts.back();
  Result<Endpoint> local = LocalEndpoint(fd_.get());
  if (!local.ok()) {
    FailAttempt(std::move(local).error());
    return false;
  }
  // Nobody listens there, but the port is of the ephemeral range and the kernel happened to choose
  // it as our own: TCP's simultaneous open connects a socket to itself.
  if (*local == attempt.endpoint) {
    AbortConnection(fd_.get());
    FailAttempt(PosixError(Stage::kConnect, ECONNREFUSED, "connect (to itself)"));
    return false;
  }
  attempt.took = context_.loop.Now() - began_;
  outcome_.remote = attempt.endpoint;
  outcome_.local = *local;
  context_.loop.Unwatch(std::exchange(watch_, 0));
  Settle(std::move(fd_));
  return true;
}

void DialRun::FailAttempt(Error error) {
  CloseSocket();
  Attempt& attempt = outcome_.attempts.back();
  attempt.took = context_.loop.Now() - began_;
  attempt.error = std::move(error).WithAddress(attempt.endpoint.ToString());
}

void DialRun::CloseSocket() {
  context_.loop.Unwatch(std::exchange(watch_, 0));
  fd_.Reset();
}

void DialRun::Settle(Result<UniqueFd> socket) {
  outcome_.socket = std::move(socket);
  context_.loop.CancelTimer(timer_);
  timer_ = context_.loop.AddTimer(context_.loop.Now(), [this] { Deliver(); });
}

void DialRun::Deliver() {
  timer_ = 0;
  Dialer::Done done = std::move(done_);
  DialOutcome outcome = std::move(outcome_);
  done(std::move(outcome));  // May destroy this object.
}

}  // namespace streampair
