#ifndef STREAMPAIR_SERVER_TRANSFER_SLICE_KEEPER_H_
#define STREAMPAIR_SERVER_TRANSFER_SLICE_KEEPER_H_

#include <grpcpp/support/slice.h>

#include <atomic>
#include <cstddef>
#include <memory>

#include "absl/strings/cord.h"

namespace streampair {

// Keeps bytes that wait for their target: in the memory of the message that brought them, which
// costs no copy, as long as that is little for the whole server; beyond that as copies. gRPC counts
// its memory against its quota and, when that is used up, cuts calls of its own choice; what waits
// by right of a credit must not bring that about. Thread-safe.
class SliceKeeper {
 public:
  // `limit`: bytes that may be kept without a copy.
  explicit SliceKeeper(size_t limit);

  // `slice` without its first `skip` bytes, for as long as the result lives.
  absl::Cord Keep(const grpc::Slice& slice, size_t skip);

  size_t lent() const { return lent_->load(std::memory_order_relaxed); }

 private:
  const size_t limit_;
  const std::shared_ptr<std::atomic<size_t>> lent_;  // Kept without a copy now.
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_TRANSFER_SLICE_KEEPER_H_
