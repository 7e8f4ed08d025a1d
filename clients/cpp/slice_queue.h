#ifndef STREAMPAIR_CLIENTS_CPP_SLICE_QUEUE_H_
#define STREAMPAIR_CLIENTS_CPP_SLICE_QUEUE_H_

#include <grpcpp/support/slice.h>

#include <cstddef>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"

namespace streampair::client {

// Pieces of a byte stream, in order.
using Slices = absl::InlinedVector<grpc::Slice, 4>;

// Bytes of one direction of a channel that wait: a queue of slices. Large slices are shared, not
// copied; small ones are gathered, because a slice that was cut out of a received message keeps the
// whole of it in memory. Takes next to no memory when empty. Thread-compatible.
class SliceQueue {
 public:
  size_t size() const { return size_; }  // Bytes.
  bool empty() const { return size_ == 0; }

  void Append(grpc::Slice slice);
  void AppendCopy(absl::string_view bytes);

  // Moves the first bytes, at most `max` and all if there are fewer, to the end of `out`.
  void Take(size_t max, Slices* out);

  // Drops everything.
  void Clear();

 private:
  void Seal();  // Turns what was gathered into a slice.

  std::vector<grpc::Slice> slices_;
  size_t head_ = 0;       // The first slice that is still there.
  std::string gathered_;  // After the last slice.
  size_t size_ = 0;
};

// Copies slices that hold `size` bytes together to `to`.
void CopyOut(const Slices& slices, char* to);

}  // namespace streampair::client

#endif  // STREAMPAIR_CLIENTS_CPP_SLICE_QUEUE_H_
