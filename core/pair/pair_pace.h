#ifndef STREAMPAIR_CORE_PAIR_PAIR_PACE_H_
#define STREAMPAIR_CORE_PAIR_PAIR_PACE_H_

#include <cstddef>

#include "core/base/monotonic_time.h"

namespace streampair {

// What one direction of a pair has reserved of its principal's bytes a second. A value; whoever
// moves the bytes has it to itself.
struct PairPace {
  size_t granted = 0;  // May move, but not before...
  MonotonicTime when;
  bool waiting = false;  // ...and whoever moves bytes will be woken then.
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_PAIR_PAIR_PACE_H_
