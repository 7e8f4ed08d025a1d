#include "wire/frame_reader.h"

#include <limits>

#include "wire/frame_tags.h"

namespace streampair::wire {

template <typename Message, typename Frame>
void FrameReader<Message, Frame>::Reset(grpc::ByteBuffer& message) {
  cursor_.Reset(message);
  start_ = cursor_.position();
  malformed_ = false;
  parsed_ = false;
  next_ = 0;
}

template <typename Message, typename Frame>
FrameKind FrameReader<Message, Frame>::Next() {
  if (malformed_) return FrameKind::kMalformed;
  payload_.clear();
  payload_size_ = 0;
  if (parsed_) return DeliverNext();
  if (cursor_.left() == 0) return FrameKind::kEnd;

  uint8_t tag;
  uint64_t size;
  if (!cursor_.ReadByte(&tag) || tag != kFramesTag || !cursor_.ReadVarint(&size) ||
      size > cursor_.left()) {
    return ParseWholeMessage();
  }
  const SliceCursor::Position frame_start = cursor_.position();
  ++next_;
  if (ReadCanonicalData(size)) return FrameKind::kData;
  payload_.clear();
  cursor_.Rewind(frame_start);
  return ParseFrame(size);
}

template <typename Message, typename Frame>
bool FrameReader<Message, Frame>::ReadCanonicalData(size_t size) {
  const size_t end = cursor_.left() - size;  // What is left once the frame is read.
  uint8_t tag;
  uint64_t value;
  channel_ = 0;
  starved_ = false;
  if (size == 0 || !cursor_.ReadByte(&tag)) return false;
  if (tag == kChannelTag) {
    if (!cursor_.ReadVarint(&value) || value > std::numeric_limits<uint32_t>::max()) return false;
    channel_ = static_cast<uint32_t>(value);
    if (cursor_.left() <= end || !cursor_.ReadByte(&tag)) return false;
  }
  if (tag != kDataTag || !cursor_.ReadVarint(&value) || cursor_.left() < end ||
      value != cursor_.left() - end) {
    return false;
  }
  if (cursor_.left() <= end || !cursor_.ReadByte(&tag)) return false;
  if (tag == kStarvedTag) {
    if (!cursor_.ReadVarint(&value)) return false;
    starved_ = value != 0;
    if (cursor_.left() <= end || !cursor_.ReadByte(&tag)) return false;
  }
  if (tag != kPayloadTag || !cursor_.ReadVarint(&value) || cursor_.left() < end ||
      value != cursor_.left() - end) {
    return false;
  }
  payload_size_ = value;
  return cursor_.ReadShared(value, &payload_);
}

// One frame in another form than the canonical one.
template <typename Message, typename Frame>
FrameKind FrameReader<Message, Frame>::ParseFrame(size_t size) {
  if (!cursor_.ReadCopied(size, &scratch_) || !frame_.ParseFromString(scratch_)) {
    malformed_ = true;
    return FrameKind::kMalformed;
  }
  return DeliverParsedFrame();
}

template <typename Message, typename Frame>
FrameKind FrameReader<Message, Frame>::DeliverParsedFrame() {
  if (!frame_.has_data()) return FrameKind::kOther;
  channel_ = frame_.channel();
  starved_ = frame_.data().starved();
  payload_size_ = frame_.data().payload().size();
  if (payload_size_ > 0) payload_.emplace_back(frame_.data().payload());
  return FrameKind::kData;
}

// Something else than frames at the top: the generated parser takes over, and the frames delivered
// so far are skipped.
template <typename Message, typename Frame>
FrameKind FrameReader<Message, Frame>::ParseWholeMessage() {
  cursor_.Rewind(start_);
  const size_t size = cursor_.left();
  if (!cursor_.ReadCopied(size, &scratch_) || !message_.ParseFromString(scratch_)) {
    malformed_ = true;
    return FrameKind::kMalformed;
  }
  parsed_ = true;
  return DeliverNext();
}

template <typename Message, typename Frame>
FrameKind FrameReader<Message, Frame>::DeliverNext() {
  if (next_ >= message_.frames_size()) return FrameKind::kEnd;
  frame_.Swap(message_.mutable_frames(next_++));
  return DeliverParsedFrame();
}

template class FrameReader<v1::TransferRequest, v1::ClientFrame>;
template class FrameReader<v1::TransferResponse, v1::ServerFrame>;

}  // namespace streampair::wire
