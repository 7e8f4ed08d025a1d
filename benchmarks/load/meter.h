#ifndef STREAMPAIR_BENCHMARKS_LOAD_METER_H_
#define STREAMPAIR_BENCHMARKS_LOAD_METER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace streampair::bench {

// What a load has done so far. Thread-safe.
class Meter {
 public:
  void AddDown(size_t bytes) { down_.fetch_add(bytes, std::memory_order_relaxed); }
  void AddUp(size_t bytes) { up_.fetch_add(bytes, std::memory_order_relaxed); }
  void AddOpened() { opened_.fetch_add(1, std::memory_order_relaxed); }
  void AddFailure() { failures_.fetch_add(1, std::memory_order_relaxed); }
  void AddRoundTrip(absl::Duration took) {
    absl::MutexLock lock(&mu_);
    if (timing_) round_trips_.push_back(static_cast<uint32_t>(absl::ToInt64Nanoseconds(took)));
  }

  uint64_t down() const { return down_; }
  uint64_t up() const { return up_; }
  uint64_t opened() const { return opened_; }
  uint64_t failures() const { return failures_; }

  void StartTiming() {
    absl::MutexLock lock(&mu_);
    round_trips_.reserve(1 << 20);
    timing_ = true;
  }
  // In nanoseconds.
  std::vector<uint32_t> TakeRoundTrips() {
    absl::MutexLock lock(&mu_);
    timing_ = false;
    return std::move(round_trips_);
  }

 private:
  std::atomic<uint64_t> down_{0};
  std::atomic<uint64_t> up_{0};
  std::atomic<uint64_t> opened_{0};
  std::atomic<uint64_t> failures_{0};
  absl::Mutex mu_;
  bool timing_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<uint32_t> round_trips_ ABSL_GUARDED_BY(mu_);
};

}  // namespace streampair::bench

#endif  // STREAMPAIR_BENCHMARKS_LOAD_METER_H_
