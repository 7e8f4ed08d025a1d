#ifndef STREAMPAIR_CORE_QUOTA_QUOTA_POOL_H_
#define STREAMPAIR_CORE_QUOTA_QUOTA_POOL_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "core/base/error.h"
#include "core/base/monotonic_time.h"
#include "core/quota/quota_limits.h"
#include "core/quota/token_bucket.h"

namespace streampair {

// Limits with what is used of them: one caller's, or that of all together. Thread-safe.
class QuotaPool {
 public:
  struct Refusal {
    QuotaKind kind;
    Error error;  // QUOTA, with the time after which to try again where that is known.
  };

  // `whose` is who has used up its share, for people: "this caller".
  QuotaPool(std::string whose, MonotonicTime now);

  // From now on these hold. What is used already stays used, even if it is more.
  void SetLimits(const QuotaLimits& limits, MonotonicTime now);

  // One unit more. To begin to dial also takes one of the open rate, and asks for bytes that are
  // left.
  std::optional<Refusal> Take(QuotaKind kind, MonotonicTime now);
  void Give(QuotaKind kind);
  // Gives back what had no use: the open rate too.
  void Undo(QuotaKind kind, MonotonicTime now);

  // Whether bytes must be asked for. Cheap.
  bool metered() const { return metered_.load(std::memory_order_relaxed); }

  // Part of `want` bytes, to be moved not before that time.
  struct Grant {
    size_t bytes;
    MonotonicTime when;
  };
  Grant ReserveBytes(size_t want, MonotonicTime now);
  void ReturnBytes(size_t bytes, MonotonicTime now);

  // What is left of the total, and what to say if that is nothing.
  uint64_t BytesLeft(MonotonicTime now);
  Error BytesSpent(MonotonicTime now);
  void CountBytes(size_t bytes, MonotonicTime now);

  // Whether it can be forgotten: nothing is used, and nothing of the past matters.
  bool IsIdle(MonotonicTime now);

  // How many units of a kind are out.
  uint64_t used(QuotaKind kind);

 private:
  Error RefuseLocked(absl::string_view what, absl::Duration retry_after) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  std::optional<uint64_t> LimitLocked(QuotaKind kind) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  std::optional<Refusal> TakeDialLocked(MonotonicTime now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  uint64_t BytesLeftLocked(MonotonicTime now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  Error BytesSpentLocked(MonotonicTime now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const std::string whose_;
  std::atomic<bool> metered_{false};
  absl::Mutex mu_;
  QuotaLimits limits_ ABSL_GUARDED_BY(mu_);
  std::array<uint64_t, kQuotaKinds> used_ ABSL_GUARDED_BY(mu_) = {};
  std::optional<TokenBucket> opens_ ABSL_GUARDED_BY(mu_);
  std::optional<TokenBucket> pace_ ABSL_GUARDED_BY(mu_);
  uint64_t bytes_used_ ABSL_GUARDED_BY(mu_) = 0;  // In this period.
  MonotonicTime period_began_ ABSL_GUARDED_BY(mu_);
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_QUOTA_QUOTA_POOL_H_
