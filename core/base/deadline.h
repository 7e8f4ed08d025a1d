#ifndef STREAMPAIR_CORE_BASE_DEADLINE_H_
#define STREAMPAIR_CORE_BASE_DEADLINE_H_

#include <compare>

#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/monotonic_time.h"

namespace streampair {

// The moment after which something is too late. A value; ordered, the earlier the less.
class Deadline {
 public:
  constexpr Deadline() = default;  // Never().

  static constexpr Deadline Never() { return Deadline(); }
  static constexpr Deadline At(MonotonicTime when) { return Deadline(when); }

  // An infinite or unrepresentable duration gives Never(); a negative one, a deadline
  // that has passed.
  static Deadline After(MonotonicTime now, absl::Duration duration);
  static Deadline After(const Clock& clock, absl::Duration duration);

  static constexpr Deadline Earlier(Deadline a, Deadline b) { return b < a ? b : a; }

  constexpr MonotonicTime when() const { return when_; }
  constexpr bool IsNever() const { return when_.IsInfinite(); }

  // True from the moment itself on. Never() does not pass.
  constexpr bool Passed(MonotonicTime now) const { return !IsNever() && now >= when_; }

  // Never negative; infinite for Never().
  absl::Duration Left(MonotonicTime now) const;

  friend constexpr auto operator<=>(const Deadline&, const Deadline&) = default;

 private:
  explicit constexpr Deadline(MonotonicTime when) : when_(when) {}
  MonotonicTime when_ = MonotonicTime::Infinite();
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_BASE_DEADLINE_H_
