#ifndef STREAMPAIR_SERVER_PAIR_LOG_H_
#define STREAMPAIR_SERVER_PAIR_LOG_H_

#include <memory>
#include <string>

#include "core/base/clock.h"
#include "core/pair/stream_pair.h"
#include "server/caller.h"
#include "server/log.h"

namespace streampair {

// Writes a line when a pair is connected (pair_opened) or fails (pair_failed), and one when it is
// gone (pair_closed), which says what it carried and how it ended. Thread-safe.
class PairLog {
 public:
  // `log` and `clock` must outlive this and the pairs.
  PairLog(Log& log, const Clock& clock) : log_(log), clock_(clock) {}

  // Follows a pair that `caller` has just made, to its end.
  void Follow(const std::shared_ptr<StreamPair>& pair, const Caller& caller);

 private:
  Log& log_;
  const Clock& clock_;
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_PAIR_LOG_H_
