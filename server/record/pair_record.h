#ifndef STREAMPAIR_SERVER_RECORD_PAIR_RECORD_H_
#define STREAMPAIR_SERVER_RECORD_PAIR_RECORD_H_

#include <memory>
#include <string>

#include "core/base/clock.h"
#include "core/pair/stream_pair.h"
#include "server/caller.h"
#include "server/policy/decision_book.h"
#include "server/record/record_writer.h"

namespace streampair {

// Records each pair: once, if anybody opens it, what was decided about it and how that went; and
// once how it ended. Thread-safe.
class PairRecord {
 public:
  // All must outlive this and the pairs.
  PairRecord(RecordWriter& writer, DecisionBook& decisions, const Clock& clock)
      : writer_(writer), decisions_(decisions), clock_(clock) {}

  // Follows a pair that `caller` has just made, to its end.
  void Follow(const std::shared_ptr<StreamPair>& pair, const Caller& caller,
              const std::string& request_id);

 private:
  RecordWriter& writer_;
  DecisionBook& decisions_;
  const Clock& clock_;
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_RECORD_PAIR_RECORD_H_
