#include "clients/cpp/slice_queue.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace streampair::client {
namespace {

constexpr size_t kShareFrom = 2048;           // Smaller slices are copied.
constexpr size_t kSealAt = size_t{16} << 10;  // How much is gathered into one slice.

}  // namespace

void SliceQueue::Append(grpc::Slice slice) {
  if (slice.size() < kShareFrom) {
    AppendCopy(absl::string_view(reinterpret_cast<const char*>(slice.begin()), slice.size()));
    return;
  }
  Seal();
  size_ += slice.size();
  slices_.push_back(std::move(slice));
}

void SliceQueue::AppendCopy(absl::string_view bytes) {
  size_ += bytes.size();
  if (bytes.size() >= kSealAt) {
    Seal();
    slices_.emplace_back(bytes.data(), bytes.size());
    return;
  }
  gathered_.append(bytes.data(), bytes.size());
  if (gathered_.size() >= kSealAt) Seal();
}

void SliceQueue::Take(size_t max, Slices* out) {
  max = std::min(max, size_);
  size_ -= max;
  while (max > 0) {
    if (head_ == slices_.size()) Seal();
    grpc::Slice& first = slices_[head_];
    if (first.size() > max) {
      out->push_back(first.sub(0, max));
      first = first.sub(max, first.size());
      break;
    }
    max -= first.size();
    out->push_back(std::move(first));
    ++head_;
  }
  if (head_ == slices_.size()) {
    slices_.clear();
    head_ = 0;
  } else if (head_ >= 64 && head_ * 2 >= slices_.size()) {
    slices_.erase(slices_.begin(), slices_.begin() + static_cast<ptrdiff_t>(head_));
    head_ = 0;
  }
}

void SliceQueue::Clear() {
  slices_ = {};
  head_ = 0;
  gathered_ = {};
  size_ = 0;
}

void SliceQueue::Seal() {
  if (gathered_.empty()) return;
  slices_.emplace_back(gathered_.data(), gathered_.size());
  gathered_.clear();
  if (gathered_.capacity() > 1024) gathered_.shrink_to_fit();
}

void CopyOut(const Slices& slices, char* to) {
  for (const grpc::Slice& slice : slices) {
    std::memcpy(to, slice.begin(), slice.size());
    to += slice.size();
  }
}

}  // namespace streampair::client
