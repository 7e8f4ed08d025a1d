#include "wire/frame_writer.h"

#include <utility>

#include "wire/frame_tags.h"

namespace streampair::wire {
namespace {

void AppendVarint(uint64_t value, std::string* out) {
  while (value >= 0x80) {
    out->push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out->push_back(static_cast<char>(value));
}

size_t VarintSize(uint64_t value) {
  size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}

}  // namespace

void FrameWriter::AddDataHeader(uint32_t channel, bool starved, size_t payload_size) {
  const size_t data_size = (starved ? 2 : 0) + 1 + VarintSize(payload_size) + payload_size;
  const size_t frame_size =
      (channel == 0 ? 0 : 1 + VarintSize(channel)) + 1 + VarintSize(data_size) + data_size;
  const size_t before = head_.size();
  head_.push_back(kFramesTag);
  AppendVarint(frame_size, &head_);
  if (channel != 0) {
    head_.push_back(kChannelTag);
    AppendVarint(channel, &head_);
  }
  head_.push_back(kDataTag);
  AppendVarint(data_size, &head_);
  if (starved) {
    head_.push_back(kStarvedTag);
    head_.push_back(1);
  }
  head_.push_back(kPayloadTag);
  AppendVarint(payload_size, &head_);
  size_ += head_.size() - before;
}

void FrameWriter::AddData(uint32_t channel, bool starved, grpc::Slice payload) {
  if (payload.size() < kCopyBelow) {
    AddCopiedData(
        channel, starved,
        absl::string_view(reinterpret_cast<const char*>(payload.begin()), payload.size()));
    return;
  }
  AddDataHeader(channel, starved, payload.size());
  FlushHead();
  size_ += payload.size();
  slices_.push_back(std::move(payload));
}

void FrameWriter::AddCopiedData(uint32_t channel, bool starved, absl::string_view payload) {
  AddDataHeader(channel, starved, payload.size());
  head_.append(payload.data(), payload.size());
  size_ += payload.size();
}

void FrameWriter::Encode(const google::protobuf::MessageLite& frame, std::string* out) {
  out->push_back(kFramesTag);
  AppendVarint(frame.ByteSizeLong(), out);
  frame.AppendToString(out);
}

void FrameWriter::AddFrame(const google::protobuf::MessageLite& frame) {
  const size_t before = head_.size();
  Encode(frame, &head_);
  size_ += head_.size() - before;
}

void FrameWriter::AddEncoded(absl::string_view encoded) {
  head_.append(encoded.data(), encoded.size());
  size_ += encoded.size();
}

void FrameWriter::FlushHead() {
  if (head_.empty()) return;
  slices_.emplace_back(head_.data(), head_.size());
  head_.clear();
}

grpc::ByteBuffer FrameWriter::Take() {
  FlushHead();
  grpc::ByteBuffer message(slices_.data(), slices_.size());
  slices_.clear();
  size_ = 0;
  return message;
}

}  // namespace streampair::wire
