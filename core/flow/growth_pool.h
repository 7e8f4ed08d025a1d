#ifndef STREAMPAIR_CORE_FLOW_GROWTH_POOL_H_
#define STREAMPAIR_CORE_FLOW_GROWTH_POOL_H_

#include <atomic>
#include <cstddef>

namespace streampair {

// What all windows of a server may grow by together, whatever RPC they belong to: each pair that
// stalls after it grew keeps its part, and pairs in RPCs of their own have budgets of their own.
// Thread-safe.
class GrowthPool {
 public:
  explicit GrowthPool(size_t limit) : left_(limit) {}
  GrowthPool(const GrowthPool&) = delete;
  GrowthPool& operator=(const GrowthPool&) = delete;

  // As much of `wanted` as is left.
  [[nodiscard]] size_t Take(size_t wanted);

  // Requires: that much has been taken.
  void GiveBack(size_t bytes) { left_.fetch_add(bytes, std::memory_order_relaxed); }

  size_t left() const { return left_.load(std::memory_order_relaxed); }

 private:
  std::atomic<size_t> left_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_FLOW_GROWTH_POOL_H_
