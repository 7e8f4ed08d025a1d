#ifndef STREAMPAIR_CORE_QUOTA_TOKEN_BUCKET_H_
#define STREAMPAIR_CORE_QUOTA_TOKEN_BUCKET_H_

#include "absl/time/time.h"
#include "core/base/monotonic_time.h"

namespace streampair {

// So many a second, and so many at once. Full at the start. Pure. Thread-compatible.
class TokenBucket {
 public:
  // `rate` a second; 0: what is in it now is all there is. `now` may never go back.
  TokenBucket(double rate, double burst, MonotonicTime now);

  // Takes `tokens` if they are there.
  [[nodiscard]] bool Take(double tokens, MonotonicTime now);

  // Takes them in any case, and says when they are there: now, or later. So whoever comes first is
  // first. Infinite with a rate of 0.
  MonotonicTime Reserve(double tokens, MonotonicTime now);

  // What was taken and not used.
  void Return(double tokens, MonotonicTime now);

  // Until so many are there.
  absl::Duration WaitFor(double tokens, MonotonicTime now);

  // What is in it stays, as far as there is room.
  void Change(double rate, double burst, MonotonicTime now);

  bool IsFull(MonotonicTime now);

 private:
  void Refill(MonotonicTime now);

  double rate_;
  double burst_;
  double level_;  // Below 0: reserved.
  MonotonicTime refilled_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_QUOTA_TOKEN_BUCKET_H_
