#include "server/transfer/slice_keeper.h"

#include "absl/strings/string_view.h"

namespace streampair {
namespace {

// A piece pins the whole buffer that gRPC received it in, up to 64 KiB with pieces of other calls.
constexpr size_t kCopyBelow = 8 << 10;

}  // namespace

SliceKeeper::SliceKeeper(size_t limit)
    : limit_(limit), lent_(std::make_shared<std::atomic<size_t>>(0)) {}

absl::Cord SliceKeeper::Keep(const grpc::Slice& slice, size_t skip) {
  const absl::string_view rest(reinterpret_cast<const char*>(slice.begin()) + skip,
                               slice.size() - skip);
  if (rest.size() < kCopyBelow) return absl::Cord(rest);
  if (lent_->fetch_add(rest.size(), std::memory_order_relaxed) + rest.size() > limit_) {
    lent_->fetch_sub(rest.size(), std::memory_order_relaxed);
    return absl::Cord(rest);
  }
  return absl::MakeCordFromExternal(rest, [slice, lent = lent_](absl::string_view bytes) {
    lent->fetch_sub(bytes.size(), std::memory_order_relaxed);
  });
}

}  // namespace streampair
