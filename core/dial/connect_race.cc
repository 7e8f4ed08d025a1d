#include "core/dial/connect_race.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/posix_errors.h"
#include "core/dial/dial_socket.h"
#include "core/net/socket.h"

namespace streampair {

// One attempt that is under way.
class ConnectRace::Runner : public FdHandler {
 public:
  Runner(ConnectRace& its_race, size_t its_number, MonotonicTime now)
      : race(its_race), number(its_number), began(now) {}
  void OnEvents(uint32_t) override { race.OnEvents(*this); }  // The loop keeps this object so long.

  ConnectRace& race;    // Ends the watch, and with it these calls, before it goes.
  const size_t number;  // Of the attempt.
  const MonotonicTime began;
  UniqueFd fd;
  EventLoop::WatchId watch = 0;
};

ConnectRace::ConnectRace(EventLoop& loop, const DialPolicy& policy, const DialTarget& target,
                         const DialOptions& options, Owner& owner)
    : loop_(loop), policy_(policy), target_(target), options_(options), owner_(owner) {}

ConnectRace::~ConnectRace() {
  loop_.CancelTimer(timer_);
  for (const auto& runner : runners_) loop_.Unwatch(runner->watch);
}

void ConnectRace::OfferEndpoints(std::vector<Endpoint> endpoints) {
  endpoints_ = std::move(endpoints);
  next_ = 0;
  if (runners_.empty()) return Advance();
  ArmTimer();
}

// Begins attempts until one is under way or nothing is left.
void ConnectRace::Advance() {
  while (next_ < endpoints_.size()) {
    if (Begin(endpoints_[next_++])) return ArmTimer();
    if (over_) return;
  }
  ArmTimer();
  if (runners_.empty()) owner_.OnDry();
}

void ConnectRace::ArmTimer() {
  const bool needed = !over_ && !runners_.empty() && next_ < endpoints_.size() &&
                      options_.order == ConnectOrder::kRace;
  loop_.CancelTimer(std::exchange(timer_, 0));
  if (!needed) return;
  timer_ = loop_.AddTimer(last_begun_ + options_.attempt_delay, [this] { OnTimer(); });
}

void ConnectRace::OnTimer() {
  timer_ = 0;
  if (runners_.size() >= kMaxUnderWay) {
    const std::shared_ptr<Runner> oldest = runners_.front();
    const absl::Duration took = absl::Trunc(loop_.Now() - oldest->began, absl::Milliseconds(1));
    Fail(*oldest, PosixError(Stage::kConnect, ETIMEDOUT,
                             absl::StrCat("connect, given up after ", absl::FormatDuration(took),
                                          " for the next address")));
  }
  Advance();
}

bool ConnectRace::Begin(const Endpoint& endpoint) {
  last_begun_ = loop_.Now();
  auto runner = std::make_shared<Runner>(*this, attempts_.size(), last_begun_);
  attempts_.push_back(Attempt{endpoint});
  runners_.push_back(runner);
  Result<bool> connected = JudgeAndConnect(endpoint, runner->fd);
  if (!connected.ok()) {
    Fail(*runner, std::move(connected).error());
    return false;
  }
  if (*connected) {
    TakeConnected(*runner);
    return false;
  }
  runner->watch = loop_.Watch(runner->fd.get(), EPOLLOUT, runner);
  if (runner->watch != 0) return true;
  Fail(*runner, PosixError(Stage::kConnect, ENOMEM, "watch the connecting socket"));
  return false;
}

Result<bool> ConnectRace::JudgeAndConnect(const Endpoint& endpoint, UniqueFd& fd) {
  if (std::optional<Error> refused = policy_.JudgeAddress(target_, endpoint)) {
    return *std::move(refused);
  }
  Result<UniqueFd> socket = OpenDialSocket(endpoint.address, options_);
  if (!socket.ok()) return std::move(socket).error();
  fd = *std::move(socket);
  return StartConnect(fd.get(), endpoint);
}

void ConnectRace::OnEvents(Runner& runner) {
  const int err = TakeSocketError(runner.fd.get());
  if (err == 0 && !PeerEndpoint(runner.fd.get()).ok()) return;  // Spurious: still under way.
  const bool newest = runners_.back().get() == &runner;
  if (err != 0) {
    Fail(runner, PosixError(Stage::kConnect, err, "connect"));
  } else {
    TakeConnected(runner);
  }
  if (over_) return;
  // Only the newest attempt's end hurries the next one: behind an older one, the delay already
  // runs.
  if (newest || runners_.empty()) Advance();
}

// Wins with that attempt, or fails it if the connection turns out to be of no use.
void ConnectRace::TakeConnected(Runner& runner) {
  const Endpoint remote = attempts_[runner.number].endpoint;
  Result<Endpoint> local = LocalEndpoint(runner.fd.get());
  if (!local.ok()) return Fail(runner, std::move(local).error());
  // Nobody listens there, but the port is of the ephemeral range and the kernel happened to choose
  // it as our own: TCP's simultaneous open connects a socket to itself.
  if (*local == remote) {
    AbortConnection(runner.fd.get());
    return Fail(runner, PosixError(Stage::kConnect, ECONNREFUSED, "connect (to itself)"));
  }
  attempts_[runner.number].took = loop_.Now() - runner.began;
  UniqueFd fd = std::move(runner.fd);
  Drop(runner);
  Stop(PosixError(Stage::kConnect, ECANCELED, "connect, when another address was faster"));
  owner_.OnWon(std::move(fd), remote, *local);
}

void ConnectRace::Stop(const Error& why) {
  over_ = true;
  while (!runners_.empty()) {
    Runner& runner = *runners_.front();
    // Were it connected this very moment, nobody would be there to use it.
    if (runner.fd.valid()) AbortConnection(runner.fd.get());
    Fail(runner, why);
  }
  ArmTimer();
}

void ConnectRace::Fail(Runner& runner, Error error) {
  Attempt& attempt = attempts_[runner.number];
  attempt.took = loop_.Now() - runner.began;
  attempt.error = std::move(error).WithAddress(attempt.endpoint.ToString());
  Drop(runner);
}

void ConnectRace::Drop(Runner& runner) {
  loop_.Unwatch(runner.watch);
  runner.fd.Reset();
  const auto mine = [&](const auto& each) { return each.get() == &runner; };
  runners_.erase(std::find_if(runners_.begin(), runners_.end(), mine));
}

}  // namespace streampair
