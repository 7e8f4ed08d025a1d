#include "core/quota/token_bucket.h"

#include <algorithm>

namespace streampair {

TokenBucket::TokenBucket(double rate, double burst, MonotonicTime now)
    : rate_(rate), burst_(burst), level_(burst), refilled_(now) {}

void TokenBucket::Refill(MonotonicTime now) {
  if (now <= refilled_) return;  // Threads may ask in another order than they looked at the clock.
  level_ = std::min(burst_, level_ + rate_ * absl::ToDoubleSeconds(now - refilled_));
  refilled_ = now;
}

bool TokenBucket::Take(double tokens, MonotonicTime now) {
  Refill(now);
  if (level_ < tokens) return false;
  level_ -= tokens;
  return true;
}

MonotonicTime TokenBucket::Reserve(double tokens, MonotonicTime now) {
  Refill(now);
  level_ -= tokens;
  if (level_ >= 0) return now;
  return rate_ > 0 ? now + absl::Seconds(-level_ / rate_) : MonotonicTime::Infinite();
}

void TokenBucket::Return(double tokens, MonotonicTime now) {
  Refill(now);
  level_ = std::min(burst_, level_ + tokens);
}

absl::Duration TokenBucket::WaitFor(double tokens, MonotonicTime now) {
  Refill(now);
  if (level_ >= tokens) return absl::ZeroDuration();
  if (rate_ <= 0 || tokens > burst_) return absl::InfiniteDuration();
  return absl::Seconds((tokens - level_) / rate_);
}

void TokenBucket::Change(double rate, double burst, MonotonicTime now) {
  Refill(now);
  rate_ = rate;
  burst_ = burst;
  level_ = std::min(burst_, level_);
}

bool TokenBucket::IsFull(MonotonicTime now) {
  Refill(now);
  return level_ >= burst_;
}

}  // namespace streampair
