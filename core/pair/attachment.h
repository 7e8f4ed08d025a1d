#ifndef STREAMPAIR_CORE_PAIR_ATTACHMENT_H_
#define STREAMPAIR_CORE_PAIR_ATTACHMENT_H_

#include <sys/uio.h>

#include <memory>
#include <optional>

#include "absl/types/span.h"
#include "core/base/error.h"
#include "core/net/socket.h"
#include "core/pair/half.h"
#include "core/pair/tls_stream.h"

namespace streampair {

class StreamPair;

// The exclusive right to the bytes of one or both halves of a pair; made by StreamPair::Attach.
// Destroying it detaches: a pair with a hold time is then held, any other is released (with a reset
// unless both directions had ended).
//
// Read may be called by one thread at a time, and Write and Finish by one thread at a time; the two
// may overlap. None of them waits. Movable to nobody: it lives where it was made.
class Attachment {
 public:
  Attachment(std::shared_ptr<StreamPair> pair, Halves halves);
  ~Attachment();
  Attachment(const Attachment&) = delete;
  Attachment& operator=(const Attachment&) = delete;

  // Reads up to `buffer.size()` bytes. kWouldBlock also before the pair is ready: OnReady or OnIo
  // follows. kEnd: the target finished. kError: see error().
  IoResult Read(absl::Span<char> buffer);

  // As Read, but takes no bytes: kOk with none means that some wait. For a reader that has no room,
  // to learn of an end that no bytes precede.
  IoResult ReadEnd();

  // Writes what the socket takes, maybe less than offered. kWouldBlock and kError as above.
  IoResult Write(absl::Span<const iovec> pieces);

  // Says that the client's direction is over: FIN to the target. False: the pair is not ready, so
  // not yet. Requires: everything was written.
  bool Finish();

  // Says whether bytes of the client wait to be written; shown as the half's status only.
  void SetWritePending(bool pending);

  // Gives the pair up for good, held or not: RST to the target if `reset`, else an orderly close.
  void Abandon(bool reset, const Error& why);

  // Whether more, or the end, may follow a short read at once: read on. The target has finished or
  // failed, or the last read had what came with a handshake, before the socket's own. Otherwise a
  // short read means that there is nothing more for now.
  bool EndMayFollow() const;

  // How the target ended its direction, once Read said kEnd.
  EndKind end_kind() const;

  // The pair's first failure, if any.
  std::optional<Error> error() const;

  const std::shared_ptr<StreamPair>& pair() const { return pair_; }
  Halves halves() const { return halves_; }

 private:
  const std::shared_ptr<StreamPair> pair_;
  const Halves halves_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_PAIR_ATTACHMENT_H_
