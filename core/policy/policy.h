#ifndef STREAMPAIR_CORE_POLICY_POLICY_H_
#define STREAMPAIR_CORE_POLICY_POLICY_H_

#include <memory>
#include <string>
#include <vector>

#include "core/addr/endpoint.h"
#include "core/base/result.h"
#include "core/policy/policy_request.h"
#include "core/policy/rule.h"
#include "core/policy/rule_index.h"

namespace streampair {

// What an operator writes down.
struct PolicySource {
  RuleMode mode = RuleMode::kEnforce;  // kReport: no rule and no default denies, but all are told.
  std::vector<Rule> global_denials = {};  // Never beaten by a rule.
  std::vector<Rule> rules = {};

  // For live pairs that are denied by default or by the guard after a reload.
  OnReload on_reload = OnReload::kKeep;

  bool guard = true;  // Special addresses are denied, but for exemptions.
  RuleMode guard_mode = RuleMode::kEnforce;
  std::vector<GuardExemption> exemptions = {};
  // Denied always: a server does not dial itself. An unspecified address stands for loopback; what
  // else it listens on is listed too.
  std::vector<Endpoint> own_listeners = {};
};

// Who may reach what. Immutable; any thread may ask. What is not allowed is denied.
//
// In this order, the first that speaks decides:
//   1. one of our own listeners: denied;
//   2. a global denial about the request: denied;
//   3. the guard: a special address (address_class.h) without an exemption is denied;
//   4. of the rules about the request, the most specific one: by principal, then host, then
//   address,
//      then port; among equals a denial;
//   5. denied, by "default".
// A denial that only reports is noted and passed over.
class Policy {
 public:
  static constexpr size_t kMaxRules = 100'000;

  // InvalidRequest: an unusable or double name, a global denial that allows, an exemption without
  // principals, hosts or addresses, too many rules.
  static Result<std::shared_ptr<const Policy>> Make(PolicySource source);

  // Before anything is looked up: denied if no address could make it allowed.
  PolicyDecision JudgeName(const PolicyRequest& request) const;

  // Binding: the address is about to be connected to.
  PolicyDecision JudgeAddress(const PolicyRequest& request, const IpAddress& address) const;

  // Binding: a proxy will resolve the name, and its answer cannot be judged. Rules about addresses
  // do not allow this.
  PolicyDecision JudgeUnverifiable(const PolicyRequest& request) const;

  const PolicySource& source() const { return source_; }

 private:
  explicit Policy(PolicySource source);

  PolicyDecision Decide(const PolicyRequest& request, const RuleQuery& query) const;
  bool GuardExempts(const PolicyRequest& request, const IpAddress& address) const;

  const PolicySource source_;
  RuleIndex global_denials_;
  RuleIndex rules_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_POLICY_POLICY_H_
