// TLS of a pair: when it may be set, and how bytes come to go through it.
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/posix_errors.h"
#include "core/base/ssl_errors.h"
#include "core/base/streampair_errors.h"
#include "core/pair/stream_pair.h"

namespace streampair {
namespace {

// What a peer has to take TLS's last words: at most what TlsStream lets wait, 80 KiB.
constexpr absl::Duration kGoodbyeLimit = absl::Seconds(2);

}  // namespace

std::optional<Error> StreamPair::SetTls(std::shared_ptr<const TlsContext> context, TlsSetBy set_by,
                                        std::optional<uint64_t> read_offset) {
  absl::MutexLock lock(&mu_);
  if (phase_ == Phase::kReleased) return PairReleased("the pair was released");
  if (error_.has_value()) return error_;
  if (phase_ == Phase::kHandshaking || tls_stream_ != nullptr)
    return WrongState("TLS can be changed only before its handshake");
  std::shared_ptr<const TlsContext> before = std::exchange(options_.tls, std::move(context));
  if (phase_ == Phase::kReady && options_.tls != nullptr && options_.tls->secures()) {
    if (std::optional<Error> error = StartTlsLocked(read_offset)) {
      options_.tls = std::move(before);
      return error;
    }
  }
  options_.tls_set_by = set_by;
  return std::nullopt;
}

std::optional<Error> StreamPair::StartTlsLocked(std::optional<uint64_t> read_offset) {
  if (write_pending_.load(std::memory_order_relaxed))
    return WrongState("bytes wait to be written in clear; set TLS in order, with a frame");
  if (read_.status == HalfStatus::kAtEnd || write_.status == HalfStatus::kAtEnd ||
      read_closed_.load(std::memory_order_acquire) || write_closed_.load(std::memory_order_acquire))
    return WrongState("TLS needs both directions, and one is over");
  if (has_leftover_.load(std::memory_order_acquire))
    return WrongState("injection: clear text of the target came before TLS and was not read");
  // From here no read or write begins. One that is under way either counted its bytes before the
  // look at them below, or sees after counting that the descriptor is gone.
  const int fd = io_fd_.exchange(-1, std::memory_order_seq_cst);
  const uint64_t read = bytes_read_.load(std::memory_order_seq_cst);
  if (read_offset.has_value() && read != *read_offset) {
    io_fd_.store(fd, std::memory_order_seq_cst);
    if (read < *read_offset)
      return InvalidRequest(absl::StrCat("read_offset is ", *read_offset, ", but only ", read,
                                         " bytes were read from the target"));
    return WrongState(absl::StrCat("injection: the target sent ", read - *read_offset,
                                   " bytes of clear text more than the caller has read"));
  }
  phase_ = Phase::kHandshaking;
  environment_.loop->Unwatch(std::exchange(watch_, 0));
  environment_.loop->Post([self = shared_from_this()] {
    std::vector<std::unique_ptr<Handshake>> handshakes;
    handshakes.push_back(self->MakeTlsHandshake());
    self->RunHandshakes(std::move(handshakes));
  });
  return std::nullopt;
}

bool StreamPair::CrossedTls(absl::string_view what) {
  {
    absl::MutexLock lock(&mu_);
    if (phase_ != Phase::kHandshaking) return false;
    if (handshake_run_ != nullptr)
      environment_.loop->Post([self = shared_from_this()] { self->CancelHandshakes(); });
  }
  Fail(SslError(Stage::kTls, SslCode::kProtocol, std::string(what)), Halves::kBoth);
  return true;
}

std::unique_ptr<TlsHandshake> StreamPair::MakeTlsHandshake() {
  absl::MutexLock lock(&mu_);
  if (options_.tls == nullptr || !options_.tls->secures()) return nullptr;
  TlsPeer peer;
  peer.host = spec_.host_name;
  peer.session_scope =
      absl::StrCat(principal_, "\n", spec_.host_name, "\n", spec_.target.ToString());
  auto handshake = std::make_unique<TlsHandshake>(
      std::make_unique<TlsEngine>(options_.tls, std::move(peer), *environment_.clock));
  tls_handshake_ = handshake.get();
  return handshake;
}

void StreamPair::TakeTls() {
  TlsHandshake* const handshake = std::exchange(tls_handshake_, nullptr);
  if (handshake == nullptr) return;
  absl::MutexLock lock(&mu_);
  tls_facts_ = std::make_shared<TlsFacts>(handshake->engine().facts());
  if (handshake->state() == Handshake::State::kDone)
    tls_stream_ = std::make_unique<TlsStream>(handshake->TakeEngine());
}

Error StreamPair::TlsErrorOr(int err, absl::string_view what) const {
  const TlsStream* const tls = tls_.load(std::memory_order_acquire);
  if (tls != nullptr && err == EPROTO) {
    if (std::optional<Error> error = tls->error()) return *std::move(error);
  }
  return PosixError(Stage::kStream, err, std::string(what));
}

void StreamPair::FlushTls(TlsStream& tls) {
  absl::MutexLock lock(&mu_);
  if (!socket_.valid() || !tls.Flush(socket_.get()) || goodbye_timer_ == 0) return;
  EndGoodbyeLocked();
}

void StreamPair::SayGoodbyeLocked() {
  if (!socket_.valid() || tls_stream_ == nullptr || tls_stream_->SayGoodbye(socket_.get())) return;
  watch_ = environment_.loop->Watch(
      socket_.get(), std::shared_ptr<FdHandler>(shared_from_this(), static_cast<FdHandler*>(this)));
  goodbye_timer_ = environment_.loop->AddTimer(environment_.loop->Now() + kGoodbyeLimit,
                                               [self = shared_from_this()] {
                                                 absl::MutexLock lock(&self->mu_);
                                                 self->EndGoodbyeLocked();
                                               });
}

void StreamPair::EndGoodbyeLocked() {
  environment_.loop->Unwatch(std::exchange(watch_, 0));
  environment_.loop->CancelTimer(std::exchange(goodbye_timer_, 0));
  CloseSocketIfIdleLocked();
}

EndKind StreamPair::end_kind() const {
  const TlsStream* const tls = tls_.load(std::memory_order_acquire);
  return tls == nullptr ? EndKind::kFin : tls->end_kind();
}

}  // namespace streampair
