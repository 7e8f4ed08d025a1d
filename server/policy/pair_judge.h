#ifndef STREAMPAIR_SERVER_POLICY_PAIR_JUDGE_H_
#define STREAMPAIR_SERVER_POLICY_PAIR_JUDGE_H_

#include <memory>
#include <optional>
#include <string>

#include "core/pair/pair_policy.h"
#include "core/pair/stream_pair.h"
#include "core/policy/policy.h"
#include "server/log.h"
#include "server/policy/decision_book.h"
#include "server/policy/decision_listener.h"
#include "server/policy/policy_store.h"

namespace streampair {

// Judges pairs by the policy in force at the moment of each question, so that a reload binds dials
// that are under way. Each binding decision is a line of the log, policy_decision. Thread-safe.
class PairJudge final : public PairPolicy {
 public:
  // All must outlive this and all pairs. `book` is told of each binding decision too, and asked
  // whether anything may be opened; so is told `listener`, which may be null.
  PairJudge(const PolicyStore& store, Log& log, DecisionBook& book,
            DecisionListener* listener = nullptr)
      : store_(store), log_(log), book_(book), listener_(listener) {}

  // PairPolicy.
  Judges JudgesFor(const std::string& name, const std::string& principal, const PairSpec& spec,
                   const PairOptions& options) const override;

  // What a pair would be told before anything is looked up; nothing if it may try.
  std::optional<Error> JudgeSpec(const std::string& principal, const PairSpec& spec) const;

  // Whether a pair, open or not, may have `options` instead of its own: their TLS, and whether they
  // park its socket.
  std::optional<Error> JudgeChange(const StreamPair& pair, const PairOptions& options) const;

  // The denial of a pair that is connected, by the policy of now; nothing if it may live on or is
  // not connected yet, since it is judged when it is.
  std::optional<PolicyDecision> JudgeLive(const StreamPair& pair) const;

 private:
  const PolicyStore& store_;
  Log& log_;
  DecisionBook& book_;
  DecisionListener* const listener_;
};

// As an error of stage policy that names the rule.
Error DenialError(const PolicyDecision& decision);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_POLICY_PAIR_JUDGE_H_
