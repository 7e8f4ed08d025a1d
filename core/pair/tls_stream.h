#ifndef STREAMPAIR_CORE_PAIR_TLS_STREAM_H_
#define STREAMPAIR_CORE_PAIR_TLS_STREAM_H_

#include <sys/uio.h>

#include <atomic>
#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "core/base/error.h"
#include "core/net/socket.h"
#include "core/tls/tls_engine.h"

namespace streampair {

// How the target ended its direction.
enum class EndKind : uint8_t { kFin, kCloseNotify, kTruncated };

// A TLS connection over a socket: the byte calls of core/net with an engine between. Thread-safe:
// one thread may read while another writes. BoringSSL's connection is one object for both, so that
// one mutex guards it, held across system calls that never wait. It calls nobody.
class TlsStream {
 public:
  // `engine`'s handshake is done.
  explicit TlsStream(std::unique_ptr<TlsEngine> engine) : engine_(std::move(engine)) {}
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  // As Receive(), but fills `into` unless the socket has no more: a short read means that there is
  // nothing now, unless end_follows(). kEnd: close_notify or FIN, see end_kind(). kError: with
  // error(), else the socket's errno.
  IoResult Read(int fd, absl::Span<char> into);

  // As PeekReceive().
  IoResult PeekRead(int fd);

  // Whether the next read has something to tell without the socket: plaintext, an end or an error.
  bool Waits();

  // As SendVector(); what was accepted is encrypted and may still wait here for room: Flush.
  IoResult Write(int fd, absl::Span<const iovec> pieces);

  // Sends close_notify and then FIN. False: there is no room yet; ask again.
  bool Finish(int fd);

  // Sends close_notify: before an orderly close. False: there is no room yet; Flush. Writes fail
  // with EPIPE from here.
  [[nodiscard]] bool SayGoodbye(int fd);

  // Sends what waits for room. True: nothing waits any more, or nothing can be sent any more.
  bool Flush(int fd);

  bool end_follows() const { return end_follows_.load(std::memory_order_acquire); }
  EndKind end_kind() const { return end_kind_.load(std::memory_order_acquire); }

  // The failure of TLS itself.
  std::optional<Error> error() const;

 private:
  // Reads the socket once. False: `result` has why not.
  bool Refill(int fd, absl::Span<char> room, absl::string_view* fresh, IoResult* result)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  IoResult ReadLocked(int fd, absl::Span<char> into) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  IoResult ResultOf(TlsEngine::ReadOutcome outcome) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // kOk: all was sent.
  IoResult::Outcome FlushLocked(int fd) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Encrypts pieces until there is enough to send. Returns the plaintext taken.
  size_t EncryptLocked(absl::Span<const iovec> pieces, size_t* index, size_t* skip)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  mutable absl::Mutex mu_;
  const std::unique_ptr<TlsEngine> engine_ ABSL_PT_GUARDED_BY(mu_);
  int read_errno_ ABSL_GUARDED_BY(mu_) = 0;   // Met behind bytes that were delivered.
  int write_errno_ ABSL_GUARDED_BY(mu_) = 0;  // Met by a flush that nobody waited for.
  std::atomic<bool> end_follows_{false};
  std::atomic<EndKind> end_kind_{EndKind::kFin};
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_PAIR_TLS_STREAM_H_
