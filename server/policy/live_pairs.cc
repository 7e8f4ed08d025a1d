#include "server/policy/live_pairs.h"

#include <memory>
#include <optional>

#include "core/loop/event_loop.h"

namespace streampair {
namespace {

const char* NameOf(OnReload on_reload) {
  switch (on_reload) {
    case OnReload::kKeep:
      return "keep";
    case OnReload::kDrain:
      return "drain";
    case OnReload::kReset:
      return "reset";
  }
  return "";
}

void ResetLater(EventLoop& loop, absl::Duration grace, const std::shared_ptr<StreamPair>& pair,
                const PairJudge& judge) {
  loop.Post([&loop, grace, weak = std::weak_ptr<StreamPair>(pair), &judge] {
    loop.AddTimer(loop.Now() + grace, [weak, &judge] {
      const std::shared_ptr<StreamPair> late = weak.lock();
      if (late == nullptr) return;
      if (const auto still = judge.JudgeLive(*late)) late->Release(true, DenialError(*still));
    });
  });
}

}  // namespace

void JudgeLivePairs(const PairRegistry& pairs, const PairJudge& judge, LoopGroup& loops,
                    absl::Duration grace, Log& log) {
  for (const std::shared_ptr<StreamPair>& pair : pairs.All()) {
    const std::optional<PolicyDecision> denial = judge.JudgeLive(*pair);
    if (!denial) continue;
    log.Write(LogLevel::kInfo, LogLine("policy_revoked")
                                   .Add("pair", pair->name())
                                   .Add("principal", pair->principal())
                                   .Add("rule", denial->rule)
                                   .Add("reason", denial->reason)
                                   .Add("action", NameOf(denial->on_reload)));
    if (denial->on_reload == OnReload::kReset) pair->Release(true, DenialError(*denial));
    if (denial->on_reload == OnReload::kDrain) ResetLater(loops.Next(), grace, pair, judge);
  }
}

}  // namespace streampair
