#include "server/metrics/policy_metrics.h"

namespace streampair {

PolicyMetrics::PolicyMetrics(prometheus::Registry& registry)
    : decisions_(prometheus::BuildCounter()
                     .Name("streampair_policy_decisions_total")
                     .Help("Decisions of the policy about connections.")
                     .Register(registry)),
      rules_(prometheus::BuildCounter()
                 .Name("streampair_policy_rule_decisions_total")
                 .Help("The same by the rule that decided.")
                 .Register(registry)),
      reloads_(prometheus::BuildCounter()
                   .Name("streampair_policy_reload_total")
                   .Help("How often the configuration was read.")
                   .Register(registry)),
      generation_(prometheus::BuildGauge()
                      .Name("streampair_policy_generation")
                      .Help("Number of the policy in force; 0: there is none.")
                      .Register(registry)
                      .Add({})) {
  for (const char* verdict : {"allow", "deny"}) {
    decisions_.Add({{"action", "enforce"}, {"verdict", verdict}});
    rules_.Add({{"action", "enforce"}, {"verdict", verdict}, {"rule", "default"}});
  }
  decisions_.Add({{"action", "report"}, {"verdict", "deny"}});
  for (const char* result : {"ok", "rejected"}) reloads_.Add({{"result", result}});
}

void PolicyMetrics::OnDecision(const PolicyDecision& decision) {
  Count("enforce", decision.allowed ? "allow" : "deny", decision.rule);
  if (!decision.would_deny.empty()) Count("report", "deny", decision.would_deny);
}

void PolicyMetrics::OnLoaded(uint64_t generation) {
  reloads_.Add({{"result", "ok"}}).Increment();
  generation_.Set(static_cast<double>(generation));
}

void PolicyMetrics::OnRejected() { reloads_.Add({{"result", "rejected"}}).Increment(); }

void PolicyMetrics::Count(const char* action, const char* verdict, const std::string& rule) {
  decisions_.Add({{"action", action}, {"verdict", verdict}}).Increment();
  rules_.Add({{"action", action}, {"verdict", verdict}, {"rule", RuleLabel(rule)}}).Increment();
}

std::string PolicyMetrics::RuleLabel(const std::string& rule) {
  if (rule == "default" || rule == "guard") return rule;
  absl::MutexLock lock(&mu_);
  if (rule_names_.count(rule) == 0) {
    if (rule_names_.size() >= kMaxRuleNames) return "other";
    rule_names_.insert(rule);
  }
  return rule;
}

}  // namespace streampair
