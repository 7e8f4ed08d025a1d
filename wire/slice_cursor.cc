#include "wire/slice_cursor.h"

#include <algorithm>

namespace streampair::wire {

void SliceCursor::Reset(grpc::ByteBuffer& message) {
  slices_.clear();
  slice_ = offset_ = left_ = 0;
  if (!message.Valid() || !message.Dump(&slices_).ok()) {
    slices_.clear();
    return;
  }
  message.Clear();
  for (const grpc::Slice& slice : slices_) left_ += slice.size();
}

void SliceCursor::Rewind(const Position& position) {
  slice_ = position.slice;
  offset_ = position.offset;
  left_ = position.left;
}

bool SliceCursor::ReadByte(uint8_t* byte) {
  if (left_ == 0) return false;
  while (offset_ == slices_[slice_].size()) {
    ++slice_;
    offset_ = 0;
  }
  *byte = slices_[slice_].begin()[offset_++];
  --left_;
  return true;
}

bool SliceCursor::ReadVarint(uint64_t* value) {
  *value = 0;
  for (int shift = 0; shift < 70; shift += 7) {
    uint8_t byte;
    if (!ReadByte(&byte)) return false;
    *value |= static_cast<uint64_t>(byte & 0x7F) << std::min(shift, 63);
    if (byte < 0x80) return true;
  }
  return false;
}

bool SliceCursor::ReadShared(size_t size, std::vector<grpc::Slice>* pieces) {
  if (size > left_) return false;
  left_ -= size;
  while (size > 0) {
    const grpc::Slice& slice = slices_[slice_];
    const size_t take = std::min(size, slice.size() - offset_);
    if (take > 0) pieces->push_back(slice.sub(offset_, offset_ + take));
    offset_ += take;
    size -= take;
    if (size > 0) {
      ++slice_;
      offset_ = 0;
    }
  }
  return true;
}

bool SliceCursor::ReadCopied(size_t size, std::string* bytes) {
  if (size > left_) return false;
  left_ -= size;
  bytes->clear();
  bytes->reserve(size);
  while (size > 0) {
    const grpc::Slice& slice = slices_[slice_];
    const size_t take = std::min(size, slice.size() - offset_);
    bytes->append(reinterpret_cast<const char*>(slice.begin()) + offset_, take);
    offset_ += take;
    size -= take;
    if (size > 0) {
      ++slice_;
      offset_ = 0;
    }
  }
  return true;
}

}  // namespace streampair::wire
