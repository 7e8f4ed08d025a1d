// The pair's bytes and events: what runs often.
#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/base/optimization.h"
#include "core/base/posix_errors.h"
#include "core/base/streampair_errors.h"
#include "core/pair/stream_pair.h"

namespace streampair {

IoResult StreamPair::Read(absl::Span<char> buffer) {
  return ABSL_PREDICT_FALSE(Metered()) ? ReadMetered(buffer) : ReadFreely(buffer);
}

IoResult StreamPair::ReadFreely(absl::Span<char> buffer) {
  return ReadWith([this, buffer](int fd) {
    TlsStream* const tls = tls_.load(std::memory_order_relaxed);
    if (ABSL_PREDICT_FALSE(tls != nullptr)) {
      const IoResult result = tls->Read(fd, buffer);
      if (tls->end_follows()) read_on_.store(true, std::memory_order_relaxed);
      return result;
    }
    return has_leftover_.load(std::memory_order_relaxed) ? ReadLeftover(buffer)
                                                         : Receive(fd, buffer);
  });
}

IoResult StreamPair::ReadEnd() {
  return ReadWith([this](int fd) {
    TlsStream* const tls = tls_.load(std::memory_order_relaxed);
    if (tls != nullptr) return tls->PeekRead(fd);
    return has_leftover_.load(std::memory_order_relaxed) ? IoResult() : PeekReceive(fd);
  });
}

IoResult StreamPair::ReadLeftover(absl::Span<char> buffer) {
  const size_t bytes = std::min(buffer.size(), leftover_.size());
  std::copy_n(leftover_.data(), bytes, buffer.data());
  leftover_.erase(0, bytes);
  if (leftover_.empty()) {
    std::string().swap(leftover_);
    has_leftover_.store(false, std::memory_order_relaxed);
  }
  read_on_.store(true, std::memory_order_relaxed);
  return {.outcome = IoResult::Outcome::kOk, .bytes = bytes};
}

bool StreamPair::EndMayFollow() const {
  return peer_ended_.load(std::memory_order_acquire) || read_on_.load(std::memory_order_relaxed);
}

IoResult StreamPair::ReadWith(absl::FunctionRef<IoResult(int fd)> receive) {
  if (read_closed_.load(std::memory_order_acquire)) return {.outcome = IoResult::Outcome::kEnd};
  const int fd = io_fd_.load(std::memory_order_acquire);
  if (fd < 0) {
    if (has_error_.load(std::memory_order_acquire))
      return {.outcome = IoResult::Outcome::kError, .err = EIO};
    return {.outcome = IoResult::Outcome::kWouldBlock};
  }
  read_on_.store(false, std::memory_order_relaxed);
  read_in_flight_.Begin();
  const IoResult result = Received(fd, receive(fd));
  if (ABSL_PREDICT_FALSE(read_in_flight_.End())) Wake(Halves::kWrite);
  return result;
}

void StreamPair::NoteActivity(bool is_first_read) {
  const int64_t now = environment_.clock->Now().nanos();
  if (is_first_read) first_byte_.store(now, std::memory_order_relaxed);
  last_activity_.store(now, std::memory_order_relaxed);
}

IoResult StreamPair::Received(int fd, IoResult result) {
  switch (result.outcome) {
    case IoResult::Outcome::kOk:
      // In this order, as StartTlsLocked does it the other way round: one sees the other.
      NoteActivity(bytes_read_.fetch_add(result.bytes, std::memory_order_seq_cst) == 0);
      if (ABSL_PREDICT_FALSE(io_fd_.load(std::memory_order_seq_cst) != fd) &&
          CrossedTls("the target sent clear text while TLS was being started"))
        return {.outcome = IoResult::Outcome::kError, .err = EIO};
      break;
    case IoResult::Outcome::kWouldBlock:
      want_bytes_event_.store(true, std::memory_order_relaxed);
      break;
    case IoResult::Outcome::kEnd: {
      // A write that failed took the socket's error with it; what looks like an end is that
      // failure.
      if (write_in_flight_.MustWait()) return {.outcome = IoResult::Outcome::kWouldBlock};
      if (has_error_.load(std::memory_order_acquire)) {
        absl::MutexLock lock(&mu_);
        MarkFailedLocked(read_, Halves::kRead);
        return {.outcome = IoResult::Outcome::kError, .err = EIO};
      }
      absl::MutexLock lock(&mu_);
      // TLS is being started; its handshake meets the end itself.
      if (phase_ == Phase::kHandshaking) return {.outcome = IoResult::Outcome::kWouldBlock};
      if (read_.status == HalfStatus::kOpen) {
        read_.status = HalfStatus::kAtEnd;
        AnnounceLocked({.type = PairEventType::kEndEncountered, .halves = Halves::kRead});
      }
      break;
    }
    case IoResult::Outcome::kError:
      Fail(TlsErrorOr(result.err, "read from the target"), Halves::kBoth);
      break;
  }
  return result;
}

IoResult StreamPair::Write(absl::Span<const iovec> pieces) {
  return ABSL_PREDICT_FALSE(Metered()) ? WriteMetered(pieces) : WriteFreely(pieces);
}

IoResult StreamPair::WriteFreely(absl::Span<const iovec> pieces) {
  const int fd = io_fd_.load(std::memory_order_acquire);
  if (has_error_.load(std::memory_order_acquire))
    return {.outcome = IoResult::Outcome::kError, .err = EIO};
  if (write_closed_.load(std::memory_order_acquire))
    return {.outcome = IoResult::Outcome::kError, .err = EPIPE};
  if (fd < 0) return {.outcome = IoResult::Outcome::kWouldBlock};
  TlsStream* const tls = tls_.load(std::memory_order_relaxed);
  if (ABSL_PREDICT_FALSE(tls != nullptr)) return Written(fd, tls->Write(fd, pieces));
  write_in_flight_.Begin();
  IoResult result = SendVector(fd, pieces);
  // A read beside it may have taken the reset with it, and has not said so yet.
  if (ABSL_PREDICT_FALSE(result.err == EPIPE) && read_in_flight_.MustWait())
    result = {.outcome = IoResult::Outcome::kWouldBlock};
  result = Written(fd, result);
  if (ABSL_PREDICT_FALSE(write_in_flight_.End())) Wake(Halves::kRead);
  return result;
}

IoResult StreamPair::Written(int fd, IoResult result) {
  switch (result.outcome) {
    case IoResult::Outcome::kOk:
      bytes_written_.fetch_add(result.bytes, std::memory_order_seq_cst);
      NoteActivity(/*is_first_read=*/false);
      if (ABSL_PREDICT_FALSE(io_fd_.load(std::memory_order_seq_cst) != fd) &&
          CrossedTls("bytes were written in clear while TLS was being started"))
        return {.outcome = IoResult::Outcome::kError, .err = EIO};
      break;
    case IoResult::Outcome::kWouldBlock:
      want_room_event_.store(true, std::memory_order_relaxed);
      break;
    case IoResult::Outcome::kEnd:
    case IoResult::Outcome::kError:
      Fail(TlsErrorOr(result.err, "write to the target"), Halves::kWrite);
      break;
  }
  return result;
}

void StreamPair::Wake(Halves half) {
  absl::MutexLock lock(&mu_);
  std::shared_ptr<StreamUser> user = (HasRead(half) ? read_ : write_).user.lock();
  if (user == nullptr) return;
  // Moved, never copied: see TellUsersLocked.
  environment_.loop->Post(
      [user = std::move(user), half] { user->OnIo(HasRead(half), HasWrite(half)); });
}

bool StreamPair::Finish() {
  const int fd = io_fd_.load(std::memory_order_acquire);
  if (fd < 0) return false;
  TlsStream* const tls = tls_.load(std::memory_order_relaxed);
  if (tls != nullptr) {
    if (!tls->Finish(fd)) return false;
  } else {
    // It can fail only on a connection that is broken, which the read half reports.
    (void)ShutdownWrite(fd);
  }
  absl::MutexLock lock(&mu_);
  if (write_.status == HalfStatus::kOpen) write_.status = HalfStatus::kAtEnd;
  return true;
}

std::optional<Error> StreamPair::error() const {
  absl::MutexLock lock(&mu_);
  return error_;
}

void StreamPair::OnEvents(uint32_t events) {
  const bool ended = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  // Before the reader is told, so that it does not trust a short read.
  if (ended) peer_ended_.store(true, std::memory_order_release);
  const bool readable = ended || (events & EPOLLIN) != 0;
  const bool writable = (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0;
  TlsStream* const tls = tls_.load(std::memory_order_acquire);
  if (writable && tls != nullptr) FlushTls(*tls);
  std::shared_ptr<StreamUser> reader;
  std::shared_ptr<StreamUser> writer;
  {
    absl::MutexLock lock(&mu_);
    if (phase_ == Phase::kReleased) return;  // It was about TLS's last words.
    reader = read_.user.lock();
    writer = write_.user.lock();
    if (observed_.load(std::memory_order_relaxed)) {
      if (readable && want_bytes_event_.exchange(false, std::memory_order_relaxed)) {
        AnnounceLocked({.type = PairEventType::kHasBytesAvailable, .halves = Halves::kRead});
      }
      if (writable && want_room_event_.exchange(false, std::memory_order_relaxed)) {
        AnnounceLocked({.type = PairEventType::kCanAcceptBytes, .halves = Halves::kWrite});
      }
    }
  }
  if (reader == writer) {
    if (reader != nullptr) reader->OnIo(readable, writable);
    return;
  }
  if (reader != nullptr && readable) reader->OnIo(readable, false);
  if (writer != nullptr && writable) writer->OnIo(false, writable);
}

PairEvent StreamPair::OpenCompletedLocked() const {
  PairEvent event{.type = PairEventType::kOpenCompleted};
  if (record_.remote.has_value()) event.remote_address = record_.remote->ToString();
  if (record_.local.has_value()) event.local_address = record_.local->ToString();
  return event;
}

void StreamPair::AnnounceLocked(PairEvent event) {
  const uint64_t serial = ++event_serial_;
  if (observers_.empty()) return;
  event.time = environment_.clock->WallNow();
  // On the loop, so that observers see events in the order in which they happened.
  environment_.loop->Post([self = shared_from_this(), serial, event = std::move(event)] {
    self->Deliver(serial, event);
  });
}

void StreamPair::Deliver(uint64_t serial, const PairEvent& event) {
  std::vector<Observer> observers;
  {
    absl::MutexLock lock(&mu_);
    observers = observers_;
    if (event.type == PairEventType::kReleased) observers_.clear();
  }
  const bool is_io = event.type == PairEventType::kHasBytesAvailable ||
                     event.type == PairEventType::kCanAcceptBytes;
  for (const Observer& each : observers) {
    if (each.id < serial && (!is_io || each.observer->WantsIoEvents()))
      each.observer->OnPairEvent(event);
  }
}

bool StreamPair::BytesWaitLocked() const {
  if (has_leftover_.load(std::memory_order_acquire)) return true;
  return tls_stream_ != nullptr && read_.status == HalfStatus::kOpen && tls_stream_->Waits();
}

uint64_t StreamPair::AddObserver(std::shared_ptr<PairObserver> observer) {
  absl::MutexLock lock(&mu_);
  const uint64_t id = ++event_serial_;
  std::vector<PairEvent> now;
  if (phase_ == Phase::kReady || phase_ == Phase::kHandshaking ||
      (phase_ == Phase::kFailed && connected_ != absl::InfiniteFuture())) {
    now.push_back(OpenCompletedLocked());
    if (phase_ == Phase::kReady && tls_stream_ != nullptr)
      now.push_back({.type = PairEventType::kTlsHandshakeCompleted, .tls = tls_facts_});
    if (phase_ == Phase::kReady) now.push_back({.type = PairEventType::kReady});
  }
  if (read_.status == HalfStatus::kAtEnd) {
    now.push_back({.type = PairEventType::kEndEncountered, .halves = Halves::kRead});
  }
  for (const HalfState* half : {&read_, &write_}) {
    if (half->status != HalfStatus::kError) continue;
    now.push_back({.type = PairEventType::kErrorOccurred,
                   .halves = half == &read_ ? Halves::kRead : Halves::kWrite,
                   .error = error_});
  }
  if (phase_ == Phase::kReleased)
    now.push_back({.type = PairEventType::kReleased, .error = error_});
  const bool wants_io = observer->WantsIoEvents();
  if (wants_io && phase_ == Phase::kReady && io_fd_.load(std::memory_order_acquire) >= 0) {
    // Whether bytes wait is the loop's to find out: a new watch reports what already holds.
    want_bytes_event_.store(true, std::memory_order_relaxed);
    want_room_event_.store(true, std::memory_order_relaxed);
    if (BytesWaitLocked()) {
      want_bytes_event_.store(false, std::memory_order_relaxed);
      now.push_back({.type = PairEventType::kHasBytesAvailable, .halves = Halves::kRead});
    }
    environment_.loop->Unwatch(watch_);
    watch_ = environment_.loop->Watch(
        socket_.get(),
        std::shared_ptr<FdHandler>(shared_from_this(), static_cast<FdHandler*>(this)));
  }
  if (phase_ != Phase::kReleased) {
    observers_.push_back({id, observer});
    if (wants_io) observed_.store(true, std::memory_order_relaxed);
  }
  for (PairEvent& event : now) {
    event.time = environment_.clock->WallNow();
    environment_.loop->Post([observer, event = std::move(event)] { observer->OnPairEvent(event); });
  }
  return id;
}

void StreamPair::RemoveObserver(uint64_t id) {
  absl::MutexLock lock(&mu_);
  std::erase_if(observers_, [id](const Observer& each) { return each.id == id; });
  const bool any = std::any_of(observers_.begin(), observers_.end(),
                               [](const Observer& each) { return each.observer->WantsIoEvents(); });
  observed_.store(any, std::memory_order_relaxed);
}

}  // namespace streampair
