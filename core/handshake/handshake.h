#ifndef STREAMPAIR_CORE_HANDSHAKE_HANDSHAKE_H_
#define STREAMPAIR_CORE_HANDSHAKE_HANDSHAKE_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "core/base/error.h"

namespace streampair {

// One exchange that a fresh connection goes through before bytes flow, as a pure state machine:
// bytes in, bytes out. No I/O, no clock, no callback, hence no re-entry; whoever drives it owns the
// socket and the deadline.
//
//   handshake.Start();
//   Send(handshake.TakeOutput());
//   while (handshake.state() == Handshake::State::kRunning) {
//     absl::string_view in = Receive();
//     in.remove_prefix(handshake.Receive(in));  // What is left is the next one's, or payload.
//     Send(handshake.TakeOutput());
//   }
//
// Memory is bounded by a constant of each kind, whatever the peer sends. Thread-compatible.
class Handshake {
 public:
  enum class State : uint8_t { kRunning, kDone, kFailed };

  virtual ~Handshake() = default;

  // Makes the first output; may end the handshake at once. Once, before anything else.
  virtual void Start() = 0;

  // Takes bytes from the peer, split anywhere. Returns how many belonged to the handshake: fewer
  // than were offered only if it has ended. Requires: kRunning.
  [[nodiscard]] virtual size_t Receive(absl::string_view bytes) = 0;

  // The peer finished its direction: nothing more can be received. Requires: kRunning.
  virtual void ReceiveEnd() = 0;

  // The connection broke with this errno. Fails the handshake. Requires: kRunning.
  virtual void ReceiveError(int err) = 0;

  // Bytes to send now, in order; each is returned once. What is left when the handshake ends is
  // still to be sent, if it fails too.
  [[nodiscard]] virtual std::string TakeOutput() = 0;

  virtual State state() const = 0;

  // Requires: kFailed. Valid as long as this object.
  virtual const Error& error() const = 0;

  // What it means that the deadline passes now. `limit` says in words how long it was.
  virtual Error TimeoutError(absl::string_view limit) const = 0;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_HANDSHAKE_HANDSHAKE_H_
