#ifndef STREAMPAIR_SERVER_POLICY_LIVE_PAIRS_H_
#define STREAMPAIR_SERVER_POLICY_LIVE_PAIRS_H_

#include "absl/time/time.h"
#include "core/loop/loop_group.h"
#include "core/pair/pair_registry.h"
#include "server/log.h"
#include "server/policy/pair_judge.h"

namespace streampair {

// Judges every live pair by the policy of now. What is denied is kept, reset at once, or reset
// after `grace` if the policy then still denies it, as the rule has it; each is a line of the log,
// policy_revoked. Released pairs end with (STREAMPAIR, POLICY_DENIED).
//
// All must outlive the loops.
void JudgeLivePairs(const PairRegistry& pairs, const PairJudge& judge, LoopGroup& loops,
                    absl::Duration grace, Log& log);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_POLICY_LIVE_PAIRS_H_
