// The pair's way from open to ready: the dial, then the handshakes.
#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/base/posix_errors.h"
#include "core/base/streampair_errors.h"
#include "core/pair/stream_pair.h"

namespace streampair {

std::optional<Error> StreamPair::Open(Halves halves) {
  absl::MutexLock lock(&mu_);
  return OpenLocked(halves, /*again_is_fine=*/false);
}

std::optional<Error> StreamPair::OpenLocked(Halves halves, bool again_is_fine) {
  if (std::optional<Error> error = CheckUsableLocked(halves)) return error;
  for (HalfState* half : {&read_, &write_}) {
    if (!Contains(halves, half == &read_ ? Halves::kRead : Halves::kWrite)) continue;
    if (half->status == HalfStatus::kNotOpen) continue;
    if (half->status == HalfStatus::kClosed) return WrongState("the half was closed");
    if (!again_is_fine) return WrongState("the half was opened before");
  }
  if (phase_ == Phase::kLazy) {
    if (std::optional<Error> error = TakeDialLocked()) return error;
  }
  const bool connected = phase_ == Phase::kReady || phase_ == Phase::kHandshaking;
  const HalfStatus status = connected ? HalfStatus::kOpen : HalfStatus::kOpening;
  if (HasRead(halves) && read_.status == HalfStatus::kNotOpen) read_.status = status;
  if (HasWrite(halves) && write_.status == HalfStatus::kNotOpen) write_.status = status;
  if (connected) {
    AnnounceLocked(OpenCompletedLocked());
    return std::nullopt;
  }
  if (phase_ == Phase::kLazy) {
    phase_ = Phase::kOpening;
    opened_ = environment_.clock->WallNow();
    environment_.loop->Post([self = shared_from_this()] { self->StartDial(); });
  }
  return std::nullopt;
}

void StreamPair::StartDial() {
  PairOptions options;
  {
    absl::MutexLock lock(&mu_);
    if (phase_ != Phase::kOpening) return;
    options = options_;
  }
  const PairPolicy::Judges judges =
      environment_.policy != nullptr
          ? environment_.policy->JudgesFor(name_, principal_, spec_, options)
          : PairPolicy::Judges{std::make_shared<OpenDialPolicy>(),
                               std::make_shared<OpenDialPolicy>()};
  judged_tls_ = options.tls;
  judged_closes_ = options.closes_socket;
  if (!spec_.parked_token.empty()) return Adopt(options, judges);
  DialTarget target = spec_.target;
  options.dial.policy = judges.target;
  if (options.proxies != nullptr) {
    options.dial.policy = judges.proxies;
    route_ = std::make_unique<ProxyRoute>(
        ProxyRoute::Context{environment_.resolver, judges.target, judges.proxies},
        std::move(target), options.proxies,
        std::min(options.dial.connect_timeout, options.dial.resolve_timeout));
    // The route is gone before the pair is, so that it may call it.
    if (std::optional<Error> refused = route_->Start([this] { OnRouteResolved(); })) {
      LeaveRoute();
      return Fail(*refused, Halves::kBoth);
    }
    target = route_->FirstProxy();
  }
  const Dialer::DialId id = environment_.dialer->Dial(
      std::move(target), options.dial,
      [self = shared_from_this()](DialOutcome outcome) { self->OnDialed(std::move(outcome)); });
  absl::MutexLock lock(&mu_);
  if (phase_ == Phase::kOpening) {
    dial_ = id;
  } else {
    // Released meanwhile, by another thread that saw no dial to cancel.
    environment_.loop->Post(
        [self = shared_from_this(), id] { self->environment_.dialer->Cancel(id); });
  }
}

bool StreamPair::IsAsJudgedLocked() const {
  return environment_.policy == nullptr ||
         (options_.tls == judged_tls_ && options_.closes_socket == judged_closes_);
}

// TLS and parking may be set while a dial is under way that was judged with what was set before.
// Judges the pair as it is now that it is connected.
std::optional<Error> StreamPair::JudgeSetsMeanwhile(const DialOutcome& outcome) {
  if (!outcome.remote.has_value()) return std::nullopt;
  PairOptions now;
  std::optional<SocketOrigin> adopted;
  {
    absl::MutexLock lock(&mu_);
    if (IsAsJudgedLocked()) return std::nullopt;
    now = options_;
    adopted = record_.adopted;
  }
  judged_tls_ = now.tls;
  judged_closes_ = now.closes_socket;
  const PairPolicy::Judges judges = environment_.policy->JudgesFor(name_, principal_, spec_, now);
  if (adopted) return JudgeReached(*judges.target, *adopted);
  if (route_ == nullptr) {
    DialTarget target = spec_.target;
    if (outcome.service.has_value()) {
      const ServiceHost& host = outcome.service->hosts[outcome.service_host];
      target = DialTarget::ToHost(host.name, host.port);
    }
    return judges.target->JudgeAddress(target, *outcome.remote);
  }
  if (spec_.target.host.has_value()) return judges.target->JudgeUnresolved(spec_.target);
  return judges.target->JudgeAddress(spec_.target, spec_.target.endpoints.front());
}

void StreamPair::OnDialed(DialOutcome outcome) {
  if (std::optional<Error> refused = JudgeSetsMeanwhile(outcome)) {
    outcome.socket = *std::move(refused);
  }
  {
    absl::MutexLock lock(&mu_);
    dial_ = 0;
    record_.remote = outcome.remote;
    record_.local = outcome.local;
    record_.attempts = std::move(outcome.attempts);
    for (Attempt& attempt : record_.attempts) {
      if (attempt.error) attempt.error = NumberedLocked(*std::move(attempt.error));
    }
    record_.lookup_took = outcome.lookup_took;
    // With proxies it is the first one's, which nobody asks for.
    if (route_ == nullptr) record_.resolution = std::move(outcome.resolution);
    record_.service = std::move(outcome.service);
    record_.service_host = outcome.service_host;
    if (phase_ != Phase::kOpening) return;
    // Set once more since it was judged: whoever does that may try again.
    if (!IsAsJudgedLocked() && outcome.socket.ok()) {
      outcome.socket = WrongState("TLS or parking was set while the pair was being connected");
    }
    if (outcome.socket.ok()) {
      socket_ = std::move(outcome.socket).value();
      phase_ = Phase::kHandshaking;
      connected_ = environment_.clock->WallNow();
      if (read_.status == HalfStatus::kOpening) read_.status = HalfStatus::kOpen;
      if (write_.status == HalfStatus::kOpening) write_.status = HalfStatus::kOpen;
      AnnounceLocked(OpenCompletedLocked());
    }
  }
  if (outcome.socket.ok()) {
    if (route_ != nullptr) TellConnected();
    if (route_ == nullptr || route_->resolved()) RunHandshakes();
  } else {
    LeaveRoute();
    Fail(outcome.socket.error(), Halves::kBoth);
  }
}

void StreamPair::OnRouteResolved() {
  bool connected;
  {
    absl::MutexLock lock(&mu_);
    connected = phase_ == Phase::kHandshaking;
  }
  if (connected) RunHandshakes();
}

void StreamPair::LeaveRoute() {
  if (route_ == nullptr) return;
  route_->NoteOutcome();
  {
    absl::MutexLock lock(&mu_);
    record_.hops = route_->hops();
    record_.resolution = route_->resolution();
  }
  route_ = nullptr;
}

Result<std::vector<std::unique_ptr<Handshake>>> StreamPair::MakeHandshakes() {
  std::vector<std::unique_ptr<Handshake>> handshakes;
  if (environment_.first_handshakes) handshakes = environment_.first_handshakes();
  if (route_ != nullptr) {
    auto proxies = route_->MakeHandshakes();
    if (!proxies.ok()) return std::move(proxies).error();
    for (auto& proxy : *proxies) handshakes.push_back(std::move(proxy));
  }
  if (auto tls = MakeTlsHandshake()) handshakes.push_back(std::move(tls));
  return handshakes;
}

void StreamPair::TellConnected() {
  std::shared_ptr<StreamUser> reader;
  std::shared_ptr<StreamUser> writer;
  {
    absl::MutexLock lock(&mu_);
    reader = read_.user.lock();
    writer = write_.user.lock();
  }
  if (reader != nullptr) reader->OnConnected();
  if (writer != nullptr && writer != reader) writer->OnConnected();
}

void StreamPair::RunHandshakes() {
  Result<std::vector<std::unique_ptr<Handshake>>> handshakes = MakeHandshakes();
  if (!handshakes.ok()) {
    LeaveRoute();
    return Fail(handshakes.error(), Halves::kBoth);
  }
  RunHandshakes(*std::move(handshakes));
}

void StreamPair::RunHandshakes(std::vector<std::unique_ptr<Handshake>> handshakes) {
  if (handshakes.empty()) return BecomeReady("");
  const bool told = route_ != nullptr;
  std::shared_ptr<HandshakeRun> run;
  {
    absl::MutexLock lock(&mu_);
    if (phase_ != Phase::kHandshaking) {  // Released or failed meanwhile.
      tls_handshake_ = nullptr;
      return;
    }
    run = std::make_shared<HandshakeRun>(*environment_.loop, socket_.get(), std::move(handshakes),
                                         options_.handshake_timeout,
                                         [weak = weak_from_this()](HandshakeRun::Outcome outcome) {
                                           if (std::shared_ptr<StreamPair> self = weak.lock()) {
                                             self->OnHandshaken(std::move(outcome));
                                           }
                                         });
    handshake_run_ = run;
  }
  if (!told) TellConnected();
  run->Start();  // If the pair is released from now on, the run is cancelled on this thread.
}

void StreamPair::OnHandshaken(HandshakeRun::Outcome outcome) {
  LeaveRoute();
  TakeTls();  // `outcome` has the handshake.
  {
    absl::MutexLock lock(&mu_);
    handshake_run_ = nullptr;
    CloseSocketIfIdleLocked();
  }
  if (outcome.error.has_value()) {
    Fail(*outcome.error, Halves::kBoth);
  } else {
    BecomeReady(std::move(outcome.leftover));
  }
}

void StreamPair::CancelHandshakes() {
  std::shared_ptr<HandshakeRun> run;
  {
    absl::MutexLock lock(&mu_);
    run = std::move(handshake_run_);
    handshake_run_ = nullptr;
  }
  LeaveRoute();
  if (run != nullptr) run->Cancel();
  tls_handshake_ = nullptr;
  absl::MutexLock lock(&mu_);
  CloseSocketIfIdleLocked();
}

void StreamPair::BecomeReady(std::string leftover) {
  std::shared_ptr<StreamUser> reader;
  std::shared_ptr<StreamUser> writer;
  std::optional<Error> failure;
  {
    absl::MutexLock lock(&mu_);
    if (phase_ != Phase::kHandshaking) return;  // Released meanwhile.
    leftover_ = std::move(unread_);
    leftover_.append(leftover);
    has_leftover_.store(!leftover_.empty(), std::memory_order_release);
    watch_ = environment_.loop->Watch(
        socket_.get(),
        std::shared_ptr<FdHandler>(shared_from_this(), static_cast<FdHandler*>(this)));
    if (watch_ == 0) {
      failure = PosixError(Stage::kInternal, ENOMEM, "watch the connection");
    } else {
      phase_ = Phase::kReady;
      dial_unit_.Reset();
      ready_since_ = environment_.clock->WallNow();
      tls_.store(tls_stream_.get(), std::memory_order_relaxed);
      io_fd_.store(socket_.get(), std::memory_order_release);
      if (tls_stream_ != nullptr) {
        AnnounceLocked({.type = PairEventType::kTlsHandshakeCompleted, .tls = tls_facts_});
      }
      AnnounceLocked({.type = PairEventType::kReady});
      if (observed_.load(std::memory_order_relaxed) && BytesWaitLocked()) {
        want_bytes_event_.store(false, std::memory_order_relaxed);
        AnnounceLocked({.type = PairEventType::kHasBytesAvailable, .halves = Halves::kRead});
      }
      reader = read_.user.lock();
      writer = write_.user.lock();
    }
  }
  if (failure.has_value()) {
    Fail(*failure, Halves::kBoth);
    return;
  }
  if (reader != nullptr) reader->OnReady();
  if (writer != nullptr && writer != reader) writer->OnReady();
}

}  // namespace streampair
