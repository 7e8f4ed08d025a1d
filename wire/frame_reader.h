#ifndef STREAMPAIR_WIRE_FRAME_READER_H_
#define STREAMPAIR_WIRE_FRAME_READER_H_

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "streampair/v1/frame.pb.h"
#include "streampair/v1/stream_pair_service.pb.h"
#include "wire/slice_cursor.h"

namespace streampair::wire {

// Decodes a Transfer message frame by frame. Data frames in the form that every encoder writes are
// read around the message's own slices, without a copy; everything else goes through the generated
// parser, so that unknown fields, repeated fields and odd orders mean what they mean to Protobuf.
//
//   FrameReader<TransferRequest, ClientFrame> reader;
//   reader.Reset(message);
//   for (;;) switch (reader.Next()) {
//     case FrameKind::kData: Use(reader.channel(), reader.starved(), reader.payload()); break;
//     case FrameKind::kOther: Use(reader.frame()); break;
//     case FrameKind::kEnd: return;
//     case FrameKind::kMalformed: Complain(); return;
//   }
//
// What a call returned is valid until the next one. Thread-compatible; meant to be reused for many
// messages.
enum class FrameKind : uint8_t { kData, kOther, kEnd, kMalformed };

template <typename Message, typename Frame>
class FrameReader {
 public:
  // Takes the message; `message` is empty afterwards.
  void Reset(grpc::ByteBuffer& message);

  // Goes to the next frame. kEnd and kMalformed repeat themselves.
  FrameKind Next();

  // After kData.
  uint32_t channel() const { return channel_; }
  bool starved() const { return starved_; }
  const std::vector<grpc::Slice>& payload() const { return payload_; }
  size_t payload_size() const { return payload_size_; }

  // After kOther: a frame with another content, or with none.
  const Frame& frame() const { return frame_; }

 private:
  // Reads a data frame of `size` bytes in canonical form; false, at an unspecified place, if it is
  // not one.
  bool ReadCanonicalData(size_t size);
  FrameKind ParseFrame(size_t size);
  FrameKind ParseWholeMessage();
  FrameKind DeliverNext();
  FrameKind DeliverParsedFrame();

  SliceCursor cursor_;
  SliceCursor::Position start_{};
  bool malformed_ = false;
  bool parsed_ = false;  // The generated parser has the whole message.
  int next_ = 0;         // Frames delivered so far.
  Message message_;

  uint32_t channel_ = 0;
  bool starved_ = false;
  size_t payload_size_ = 0;
  std::vector<grpc::Slice> payload_;
  Frame frame_;
  std::string scratch_;
};

using RequestReader = FrameReader<v1::TransferRequest, v1::ClientFrame>;
using ResponseReader = FrameReader<v1::TransferResponse, v1::ServerFrame>;

extern template class FrameReader<v1::TransferRequest, v1::ClientFrame>;
extern template class FrameReader<v1::TransferResponse, v1::ServerFrame>;

}  // namespace streampair::wire

#endif  // STREAMPAIR_WIRE_FRAME_READER_H_
