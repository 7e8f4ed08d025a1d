#ifndef STREAMPAIR_SERVER_METRICS_POLICY_METRICS_H_
#define STREAMPAIR_SERVER_METRICS_POLICY_METRICS_H_

#include <cstdint>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/gauge.h"
#include "prometheus/registry.h"
#include "server/policy/decision_listener.h"

namespace streampair {

// Counts what the policy decides and when it is replaced. Thread-safe.
class PolicyMetrics final : public DecisionListener {
 public:
  // Names of rules that become labels of their own; all further ones are "other".
  static constexpr size_t kMaxRuleNames = 100;

  explicit PolicyMetrics(prometheus::Registry& registry);

  void OnDecision(const PolicyDecision& decision) override;

  // A configuration was read: taken as that generation, or rejected.
  void OnLoaded(uint64_t generation);
  void OnRejected();

 private:
  using Counters = prometheus::Family<prometheus::Counter>;

  void Count(const char* action, const char* verdict, const std::string& rule);
  std::string RuleLabel(const std::string& rule);

  Counters& decisions_;
  Counters& rules_;
  Counters& reloads_;
  prometheus::Gauge& generation_;

  absl::Mutex mu_;
  std::set<std::string> rule_names_ ABSL_GUARDED_BY(mu_);
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_METRICS_POLICY_METRICS_H_
