#include "server/transfer/receive_buffer.h"

#include <algorithm>

namespace streampair {
namespace {

constexpr size_t kLeastBlock = size_t{16} << 10;

}  // namespace

absl::Span<char> ReceiveBuffer::Prepare(size_t size) {
  if (block_.size() - used_ < size) {
    block_ = grpc::Slice(std::max(size, kLeastBlock));
    used_ = 0;
  }
  // gRPC hands slices out as constant; a block that nobody else has seen yet is ours to fill.
  return absl::MakeSpan(const_cast<char*>(reinterpret_cast<const char*>(block_.begin())) + used_,
                        size);
}

grpc::Slice ReceiveBuffer::Take(size_t size) {
  grpc::Slice taken = block_.sub(used_, used_ + size);
  used_ += size;
  return taken;
}

}  // namespace streampair
