#ifndef STREAMPAIR_CORE_PAIR_STREAM_USER_H_
#define STREAMPAIR_CORE_PAIR_STREAM_USER_H_

#include "core/base/error.h"

namespace streampair {

// Whoever is attached to halves of a pair. Called on the pair's loop, one call at a time, without a
// lock of the pair. The calls are hints to try: state is learnt from Attachment::Read and Write. A
// call may come shortly after the attachment is gone.
class StreamUser {
 public:
  virtual ~StreamUser() = default;

  // The connection stands, but handshakes are to be done before bytes may flow. At most once,
  // before OnReady; not called where there are none.
  virtual void OnConnected() {}

  // The pair is connected and all handshakes are done: bytes may flow. Called once, or never if
  // that fails; OnIo may come before it.
  virtual void OnReady() = 0;

  // Since a read or write found nothing to do, something changed: bytes, room, an end or an error.
  // Both flags may be set without cause.
  virtual void OnIo(bool readable, bool writable) = 0;

  // The pair failed before it was ready, or somebody released it: nothing more will move. At most
  // once; drop the attachment.
  virtual void OnGone(const Error& error) = 0;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_PAIR_STREAM_USER_H_
