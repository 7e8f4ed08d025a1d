#ifndef STREAMPAIR_WIRE_SLICE_CURSOR_H_
#define STREAMPAIR_WIRE_SLICE_CURSOR_H_

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace streampair::wire {

// Reads protobuf's primitives from a message that gRPC delivered in slices, without joining them. A
// read that fails leaves the cursor anywhere: give up or start over. Thread-compatible.
class SliceCursor {
 public:
  // Takes the message's slices; the buffer is empty afterwards. An undecodable buffer counts as an
  // empty message.
  void Reset(grpc::ByteBuffer& message);

  // Bytes not yet read.
  size_t left() const { return left_; }

  bool ReadByte(uint8_t* byte);

  // A base-128 varint of at most 10 bytes (Protobuf encoding); false if it is cut or longer.
  bool ReadVarint(uint64_t* value);

  // Appends the next `size` bytes to `pieces` as slices that share the message's memory.
  bool ReadShared(size_t size, std::vector<grpc::Slice>* pieces);

  // The next `size` bytes, copied.
  bool ReadCopied(size_t size, std::string* bytes);

  // A mark to come back to.
  struct Position {
    size_t slice;
    size_t offset;
    size_t left;
  };
  Position position() const { return {slice_, offset_, left_}; }
  void Rewind(const Position& position);

 private:
  std::vector<grpc::Slice> slices_;
  size_t slice_ = 0;   // The slice being read.
  size_t offset_ = 0;  // In it.
  size_t left_ = 0;
};

}  // namespace streampair::wire

#endif  // STREAMPAIR_WIRE_SLICE_CURSOR_H_
