#ifndef STREAMPAIR_CORE_FLOW_WINDOW_BUDGET_H_
#define STREAMPAIR_CORE_FLOW_WINDOW_BUDGET_H_

#include <cstddef>

#include "core/flow/growth_pool.h"

namespace streampair {

// What the receive windows that share one RPC may grow by, together and each. A window
// that was granted cannot be taken back, so the sum is bounded: a channel that grew and
// then stalls keeps its part. Pure. Thread-compatible.
class WindowBudget {
 public:
  struct Limits {
    size_t extra = size_t{64} << 20;         // All growth beyond initial windows together.
    size_t window_alone = size_t{4} << 20;   // One window, while no other channel is active.
    size_t window_shared = size_t{1} << 20;  // One window, beside others: they wait behind it.
  };

  WindowBudget() : WindowBudget(Limits()) {}
  // `pool`, if given, bounds the growth of many budgets together and must outlive this.
  explicit WindowBudget(const Limits& limits, GrowthPool* pool = nullptr)
      : limits_(limits), pool_(pool) {}

  // Windows hold a pointer to this.
  WindowBudget(const WindowBudget&) = delete;
  WindowBudget& operator=(const WindowBudget&) = delete;

  // How many channels of the RPC move bytes at present. Bounds later growth only.
  void SetActiveChannels(size_t count) { active_channels_ = count; }

  // How large a single window may become now.
  size_t WindowLimit() const {
    return active_channels_ > 1 ? limits_.window_shared : limits_.window_alone;
  }

  // As much of `wanted` as is left.
  [[nodiscard]] size_t Take(size_t wanted);

  // Requires: that much has been taken.
  void GiveBack(size_t bytes);

  size_t taken() const { return taken_; }

 private:
  const Limits limits_;
  GrowthPool* const pool_ = nullptr;  // unowned
  size_t active_channels_ = 1;
  size_t taken_ = 0;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_FLOW_WINDOW_BUDGET_H_
