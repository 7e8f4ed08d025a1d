// The pair's life: creation, close, release, hold. The way from open to ready is in
// stream_pair_open.cc, the byte path in stream_pair_io.cc.
#include "core/pair/stream_pair.h"

#include <cerrno>
#include <utility>

#include "core/base/posix_errors.h"
#include "core/base/streampair_errors.h"

namespace streampair {

StreamPair::StreamPair(std::string name, std::string principal, PairSpec spec,
                       const Environment& environment, OnReleased on_released)
    : name_(std::move(name)),
      principal_(std::move(principal)),
      spec_(std::move(spec)),
      environment_(environment),
      created_(environment.clock->WallNow()),
      on_released_(std::move(on_released)) {
  {
    absl::MutexLock lock(&mu_);
    options_ = spec_.options;
    if (HasRead(spec_.halves)) read_.status = HalfStatus::kNotOpen;
    if (HasWrite(spec_.halves)) write_.status = HalfStatus::kNotOpen;
    last_touch_ = environment_.clock->Now();
  }
  if (environment_.census != nullptr) environment_.census->Enter(*this);
}

StreamPair::~StreamPair() {
  if (environment_.census != nullptr) environment_.census->Leave(*this);
}

PairCensus::State StreamPair::CensusState() const {
  absl::MutexLock lock(&mu_);
  switch (phase_) {
    case Phase::kLazy:
      return PairCensus::State::kLazy;
    case Phase::kOpening:
      return PairCensus::State::kOpening;
    case Phase::kHandshaking:
      return PairCensus::State::kHandshaking;
    case Phase::kReady:
      return PairCensus::State::kReady;
    case Phase::kFailed:
      return PairCensus::State::kFailed;
    case Phase::kReleased:
      break;
  }
  return PairCensus::State::kReleased;
}

PairSnapshot StreamPair::Snapshot() const {
  absl::MutexLock lock(&mu_);
  PairSnapshot snapshot;
  snapshot.name = name_;
  snapshot.read_status = read_.status;
  snapshot.write_status = write_.status;
  snapshot.read_attached = read_.attached;
  snapshot.write_attached = write_.attached;
  if (read_.status == HalfStatus::kOpen && read_.attached)
    snapshot.read_status = HalfStatus::kReading;
  if (write_.status == HalfStatus::kOpen && write_pending_.load(std::memory_order_relaxed)) {
    snapshot.write_status = HalfStatus::kWriting;
  }
  snapshot.error = error_;
  snapshot.bytes_read = bytes_read_.load(std::memory_order_relaxed);
  snapshot.bytes_written = bytes_written_.load(std::memory_order_relaxed);
  snapshot.created = created_;
  snapshot.opened = opened_;
  snapshot.connected = connected_;
  snapshot.ready_since = ready_since_;
  if (!AttachedLocked() && phase_ != Phase::kReleased && hold_timer_ != 0) {
    snapshot.expires = environment_.clock->WallNow() +
                       (last_touch_ + spec_.hold_timeout - environment_.clock->Now());
  }
  const auto wall = [&](const std::atomic<int64_t>& when) {
    const int64_t nanos = when.load(std::memory_order_relaxed);
    if (nanos == 0) return absl::InfiniteFuture();
    return environment_.clock->WallNow() -
           (environment_.clock->Now() - MonotonicTime::FromNanos(nanos));
  };
  snapshot.first_byte = wall(first_byte_);
  snapshot.last_activity = wall(last_activity_);
  snapshot.ready = phase_ == Phase::kReady;
  snapshot.released = phase_ == Phase::kReleased;
  snapshot.socket_token = socket_token();
  snapshot.parks = parks_;
  if (connected_ != absl::InfiniteFuture() && !snapshot.released) {
    snapshot.descriptor = socket_.get();
  }
  snapshot.dial = record_;
  snapshot.tls = tls_facts_;
  return snapshot;
}

std::optional<Error> StreamPair::CheckUsableLocked(Halves halves) const {
  if (phase_ == Phase::kReleased) return PairReleased("the pair was released");
  if (!Contains(spec_.halves, halves)) return WrongState("the pair was made without that half");
  if (error_.has_value()) return error_;
  return std::nullopt;
}

Result<std::unique_ptr<Attachment>> StreamPair::Attach(Halves halves,
                                                       std::shared_ptr<StreamUser> user) {
  absl::MutexLock lock(&mu_);
  if (std::optional<Error> error = CheckUsableLocked(halves)) return *std::move(error);
  if ((HasRead(halves) && read_.attached) || (HasWrite(halves) && write_.attached)) {
    return AlreadyAttached("another call is attached to that half of the pair");
  }
  if (std::optional<Error> error = OpenLocked(halves, /*again_is_fine=*/true))
    return *std::move(error);
  DisarmHoldTimerLocked();
  for (HalfState* half : {&read_, &write_}) {
    if (!Contains(halves, half == &read_ ? Halves::kRead : Halves::kWrite)) continue;
    half->attached = true;
    half->user = user;
  }
  if (phase_ == Phase::kReady) {
    environment_.loop->Post([user = std::move(user)] { user->OnReady(); });
  } else if (phase_ == Phase::kHandshaking) {
    environment_.loop->Post([user = std::move(user)] { user->OnConnected(); });
  }
  return std::make_unique<Attachment>(shared_from_this(), halves);
}

Error StreamPair::NumberedLocked(Error error) const {
  return std::move(error).WithNumbering(options_.error_numbering);
}

void StreamPair::MarkFailedLocked(HalfState& half, Halves which) {
  switch (half.status) {
    case HalfStatus::kOpening:
    case HalfStatus::kOpen:
    case HalfStatus::kAtEnd:
      half.status = HalfStatus::kError;
      AnnounceLocked({.type = PairEventType::kErrorOccurred, .halves = which, .error = error_});
      break;
    default:
      break;
  }
}

void StreamPair::Fail(const Error& error, Halves where) {
  absl::MutexLock lock(&mu_);
  if (phase_ == Phase::kReleased) return;
  const bool first = !error_.has_value();
  if (first) error_ = NumberedLocked(error);
  has_error_.store(true, std::memory_order_release);
  const bool before_ready = phase_ != Phase::kReady && phase_ != Phase::kFailed;
  phase_ = Phase::kFailed;
  dial_unit_.Reset();
  // A handshake failed. If the pair was ready before, a reader may still have the descriptor.
  const bool seen = ready_since_ != absl::InfiniteFuture();
  if (before_ready && !seen) socket_.Reset();
  if (before_ready && seen) (void)ShutdownWrite(socket_.get());  // After TLS's alert.
  if (HasRead(where)) MarkFailedLocked(read_, Halves::kRead);
  if (HasWrite(where)) MarkFailedLocked(write_, Halves::kWrite);
  // What was received before a write failed may still be read; without a reader nobody will.
  if (!HasRead(where) && !read_.attached) MarkFailedLocked(read_, Halves::kRead);
  if (!first) return;
  if (before_ready) {
    TellGoneLocked(*error_);
    return;
  }
  TellUsersLocked([](std::shared_ptr<StreamUser> user) -> EventLoop::Task {
    return [user = std::move(user)] { user->OnIo(/*readable=*/true, /*writable=*/true); };
  });
}

void StreamPair::Close(Halves halves) {
  bool released = false;
  {
    absl::MutexLock lock(&mu_);
    if (phase_ == Phase::kReleased) return;
    const auto close = [](HalfState& half, std::atomic<bool>& closed) {
      if (half.status == HalfStatus::kAbsent || half.status == HalfStatus::kNotOpen) return;
      if (half.status != HalfStatus::kError) half.status = HalfStatus::kClosed;
      closed.store(true, std::memory_order_release);
    };
    if (HasRead(halves)) close(read_, read_closed_);
    if (HasWrite(halves)) close(write_, write_closed_);
    const auto gone = [](const HalfState& half, const std::atomic<bool>& closed) {
      return half.status == HalfStatus::kAbsent || closed.load(std::memory_order_acquire);
    };
    if (gone(read_, read_closed_) && gone(write_, write_closed_)) {
      released = ReleaseLocked(/*reset=*/false, std::nullopt);
    } else {
      TellUsersLocked([](std::shared_ptr<StreamUser> user) -> EventLoop::Task {
        return [user = std::move(user)] { user->OnIo(/*readable=*/true, /*writable=*/true); };
      });
    }
  }
  if (released) TellReleased();
}

void StreamPair::Release(bool reset, std::optional<Error> why) {
  bool released;
  {
    absl::MutexLock lock(&mu_);
    released = ReleaseLocked(reset, std::move(why));
  }
  if (released) TellReleased();
}

bool StreamPair::ReleaseLocked(bool reset, std::optional<Error> why) {
  if (phase_ == Phase::kReleased) return false;
  const bool opening = phase_ == Phase::kOpening || phase_ == Phase::kHandshaking;
  const bool by_owner = !why.has_value() || why->id() == PairReleased("").id();
  parks_ = phase_ == Phase::kReady && ParksLocked() && place_ != nullptr && by_owner && !reset &&
           tls_stream_ == nullptr && IsEstablished(socket_.get());
  phase_ = Phase::kReleased;
  pair_unit_.Reset();
  dial_unit_.Reset();
  DisarmHoldTimerLocked();
  if (opening && !error_.has_value())
    error_ = NumberedLocked(PosixError(Stage::kConnect, ECANCELED, "open the pair"));
  if (dial_ != 0) {
    environment_.loop->Post(
        [self = shared_from_this(), id = dial_] { self->environment_.dialer->Cancel(id); });
    dial_ = 0;
  }
  if (opening) {
    environment_.loop->Post([self = shared_from_this()] { self->CancelHandshakes(); });
  }
  environment_.loop->Unwatch(std::exchange(watch_, 0));
  if (reset && socket_.valid()) AbortConnection(socket_.get());
  if (!reset) SayGoodbyeLocked();
  // An open that its owner cuts short was cancelled; any other cause is told as it is.
  if (opening && by_owner) why = error_;
  TellGoneLocked(why.has_value() ? *why : PairReleased("the pair was released"));
  AnnounceLocked({.type = PairEventType::kReleased, .error = std::move(why)});
  CloseSocketIfIdleLocked();
  return true;
}

void StreamPair::TellReleased() {
  OnReleased on_released;
  {
    absl::MutexLock lock(&mu_);
    on_released = std::move(on_released_);
    on_released_ = nullptr;
  }
  if (on_released) on_released(*this);
}

void StreamPair::TellUsersLocked(
    absl::FunctionRef<EventLoop::Task(std::shared_ptr<StreamUser>)> call) {
  std::shared_ptr<StreamUser> reader = read_.user.lock();
  std::shared_ptr<StreamUser> writer = write_.user.lock();
  if (writer == reader) writer = nullptr;
  // Moved into the task, never copied: the last reference must not go while the mutex is held,
  // because a user that is destroyed detaches.
  if (reader != nullptr) environment_.loop->Post(call(std::move(reader)));
  if (writer != nullptr) environment_.loop->Post(call(std::move(writer)));
}

void StreamPair::TellGoneLocked(const Error& error) {
  TellUsersLocked([&error](std::shared_ptr<StreamUser> user) -> EventLoop::Task {
    return [user = std::move(user), error] { user->OnGone(error); };
  });
}

bool StreamPair::AttachedLocked() const { return read_.attached || write_.attached; }

void StreamPair::CloseSocketIfIdleLocked() {
  if (phase_ != Phase::kReleased || AttachedLocked()) return;
  if (handshake_run_ != nullptr || goodbye_timer_ != 0) return;
  io_fd_.store(-1, std::memory_order_release);
  // Whoever was attached may have finished or broken it meanwhile.
  if (parks_ && socket_.valid() && IsEstablished(socket_.get())) ParkLocked();
  socket_.Reset();
  place_ = nullptr;
}

void StreamPair::Detach(Halves halves) {
  bool released = false;
  {
    absl::MutexLock lock(&mu_);
    if (HasRead(halves)) read_.attached = false;
    if (HasWrite(halves)) {
      write_.attached = false;
      write_pending_.store(false, std::memory_order_relaxed);
    }
    if (AttachedLocked()) return;
    if (phase_ == Phase::kReleased) {
      CloseSocketIfIdleLocked();
    } else if (spec_.hold_timeout <= absl::ZeroDuration()) {
      const auto over = [](const HalfState& half) {
        return half.status == HalfStatus::kAbsent || half.status == HalfStatus::kAtEnd;
      };
      released = ReleaseLocked(/*reset=*/!over(read_) || !over(write_), std::nullopt);
    } else {
      last_touch_ = environment_.clock->Now();
      ArmHoldTimerLocked();
    }
  }
  if (released) TellReleased();
}

void StreamPair::Touch() {
  absl::MutexLock lock(&mu_);
  last_touch_ = environment_.clock->Now();
  ArmHoldTimerLocked();
}

void StreamPair::ArmHoldTimerLocked() {
  // A touch does not move the timer: when it fires too early it is set anew.
  if (hold_timer_ != 0 || AttachedLocked() || phase_ == Phase::kReleased) return;
  if (spec_.hold_timeout <= absl::ZeroDuration()) return;
  hold_timer_ =
      environment_.loop->AddTimer(last_touch_ + spec_.hold_timeout, [weak = weak_from_this()] {
        if (std::shared_ptr<StreamPair> self = weak.lock()) self->OnHoldTimer();
      });
}

void StreamPair::DisarmHoldTimerLocked() {
  environment_.loop->CancelTimer(std::exchange(hold_timer_, 0));
}

void StreamPair::OnHoldTimer() {
  bool released = false;
  {
    absl::MutexLock lock(&mu_);
    hold_timer_ = 0;
    if (AttachedLocked() || phase_ == Phase::kReleased) return;
    if (environment_.clock->Now() < last_touch_ + spec_.hold_timeout) {
      ArmHoldTimerLocked();
      return;
    }
    released = ReleaseLocked(/*reset=*/true,
                             HoldExpired("nobody came back to the pair while it was held"));
  }
  if (released) TellReleased();
}

std::optional<Error> StreamPair::UpdateOptions(
    absl::FunctionRef<std::optional<Error>(PairOptions&)> change) {
  absl::MutexLock lock(&mu_);
  if (phase_ == Phase::kReleased) return PairReleased("the pair was released");
  if (phase_ != Phase::kLazy)
    return WrongState("the property can be set only before the pair is opened");
  PairOptions changed = options_;
  if (std::optional<Error> error = change(changed)) return error;
  options_ = std::move(changed);
  return std::nullopt;
}

PairOptions StreamPair::options() const {
  absl::MutexLock lock(&mu_);
  return options_;
}

}  // namespace streampair
