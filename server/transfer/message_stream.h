#ifndef STREAMPAIR_SERVER_TRANSFER_MESSAGE_STREAM_H_
#define STREAMPAIR_SERVER_TRANSFER_MESSAGE_STREAM_H_

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/status.h>

namespace streampair {

// One RPC as a session sees it: messages both ways. The answers come to the session's On...
// methods, from any thread, never inside the call.
class MessageStream {
 public:
  virtual ~MessageStream() = default;

  // Asks for the next message: OnMessage or OnClientDone. One at a time.
  virtual void StartRead() = 0;

  // Sends a message: OnWritten. One at a time.
  virtual void StartWrite(grpc::ByteBuffer message) = 0;

  // The same, but true says that the message has been written already, and no OnWritten follows.
  [[nodiscard]] virtual bool WroteAtOnce(grpc::ByteBuffer message) = 0;

  // Ends the RPC. Once, with no write under way; nothing may be started after it.
  virtual void Finish(const grpc::Status& status) = 0;
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_TRANSFER_MESSAGE_STREAM_H_
