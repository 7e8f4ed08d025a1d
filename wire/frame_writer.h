#ifndef STREAMPAIR_WIRE_FRAME_WRITER_H_
#define STREAMPAIR_WIRE_FRAME_WRITER_H_

#include <google/protobuf/message_lite.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace streampair::wire {

// Payloads below this are copied beside the headers: a slice of their own would cost more and pin
// the buffer that they were received into.
inline constexpr size_t kCopyBelow = 2048;

// Builds one Transfer message, in either direction, byte for byte what the generated code would
// make of the same frames. Thread-compatible; meant to be reused for many messages.
class FrameWriter {
 public:
  // A data frame around `payload`, which is shared and not copied from kCopyBelow bytes on. Not
  // empty.
  void AddData(uint32_t channel, bool starved, grpc::Slice payload);

  // The same, copying.
  void AddCopiedData(uint32_t channel, bool starved, absl::string_view payload);

  // Any other frame: a ClientFrame or ServerFrame.
  void AddFrame(const google::protobuf::MessageLite& frame);

  // A message's bytes that Encode made earlier.
  void AddEncoded(absl::string_view encoded);

  // Appends a frame, as it stands in a message, to `out`; for frames that have to wait.
  static void Encode(const google::protobuf::MessageLite& frame, std::string* out);

  // Bytes so far.
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // The message; the writer is empty afterwards.
  grpc::ByteBuffer Take();

 private:
  void AddDataHeader(uint32_t channel, bool starved, size_t payload_size);
  void FlushHead();

  std::string head_;  // Headers and small payloads since the last shared slice.
  std::vector<grpc::Slice> slices_;
  size_t size_ = 0;
};

}  // namespace streampair::wire

#endif  // STREAMPAIR_WIRE_FRAME_WRITER_H_
