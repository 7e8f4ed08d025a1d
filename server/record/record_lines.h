#ifndef STREAMPAIR_SERVER_RECORD_RECORD_LINES_H_
#define STREAMPAIR_SERVER_RECORD_RECORD_LINES_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "core/base/error.h"
#include "core/pair/pair_options.h"
#include "core/pair/pair_snapshot.h"
#include "core/pair/pair_spec.h"
#include "server/caller.h"
#include "server/policy/decision_book.h"

namespace streampair {

// A pair as the record's lines see it. docs/record.md has their keys.
struct RecordedPair {
  const Caller& caller;
  const std::string& request_id;
  const PairSpec& spec;
  const PairOptions& options;
  const PairSnapshot& snapshot;
  absl::Time now;
};

// What became of the attempt to open it: `error`, or it is ready. One JSON object.
std::string DecisionLine(const RecordedPair& pair, const DecisionBook::Judged& judged,
                         const std::optional<Error>& error);

// How it ended; `why` as for EndKind(). One JSON object.
std::string CloseLine(const RecordedPair& pair, const std::optional<Error>& why);

// "spiffe", "dns", "cn", "unix", ...: what a principal rests on.
std::string IdentitySource(const std::string& principal);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_RECORD_RECORD_LINES_H_
