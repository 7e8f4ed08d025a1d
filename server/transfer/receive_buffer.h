#ifndef STREAMPAIR_SERVER_TRANSFER_RECEIVE_BUFFER_H_
#define STREAMPAIR_SERVER_TRANSFER_RECEIVE_BUFFER_H_

#include <grpcpp/support/slice.h>

#include <cstddef>

#include "absl/types/span.h"

namespace streampair {

// Memory to receive into that can be sent on without a copy: pieces of blocks that gRPC counts
// references to. What is not taken is used again, so that small reads, whose bytes are copied out,
// allocate nothing. Thread-compatible.
class ReceiveBuffer {
 public:
  // Room for `size` bytes; valid until the next call.
  absl::Span<char> Prepare(size_t size);

  // The first `size` bytes of the room, for good.
  grpc::Slice Take(size_t size);

 private:
  grpc::Slice block_;
  size_t used_ = 0;  // Bytes of the block that were taken.
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_TRANSFER_RECEIVE_BUFFER_H_
