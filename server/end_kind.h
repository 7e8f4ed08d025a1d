#ifndef STREAMPAIR_SERVER_END_KIND_H_
#define STREAMPAIR_SERVER_END_KIND_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "core/base/error.h"
#include "core/pair/pair_snapshot.h"

namespace streampair {

// How a pair ended, in one word of a closed set: fin (both directions finished), closed (before
// that, by its owner), deleted, abandoned (its client went or reset it), idle (nobody came back),
// drain, policy, quota, rst (by the target), truncated (by the target, in the middle of TLS),
// parked (by its owner, and its socket lives on), or error for all else. `why`: the pair's error,
// or what released it.
absl::string_view EndKind(const PairSnapshot& snapshot, const std::optional<Error>& why);

// Who ended it: both (fin), client, target, proxy, operator or server.
absl::string_view ClosedBy(const PairSnapshot& snapshot, const std::optional<Error>& why);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_END_KIND_H_
