#include "core/policy/policy.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/base/streampair_errors.h"
#include "core/policy/address_class.h"

namespace streampair {
namespace {

constexpr size_t kMaxNameBytes = 64;
constexpr char kDefault[] = "default";
constexpr char kGuard[] = "guard";

std::optional<Error> CheckName(absl::string_view name, absl::flat_hash_set<std::string>& seen) {
  const bool good = !name.empty() && name.size() <= kMaxNameBytes &&
                    std::all_of(name.begin(), name.end(), [](char c) {
                      return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.';
                    });
  if (!good || name == kDefault || name == kGuard) {
    return InvalidRequest(
        absl::StrCat("rule \"", name, "\": a name must be 1 to ", kMaxNameBytes,
                     " letters, digits, '-', '_' and '.', and not \"default\" or \"guard\""));
  }
  if (!seen.insert(std::string(name)).second) {
    return InvalidRequest(absl::StrCat("rule \"", name, "\": the name is taken"));
  }
  return std::nullopt;
}

// Why a rule that is about the request does not allow it; empty if it does.
std::string Unfulfilled(const Rule& rule, const PolicyRequest& request, bool unverifiable) {
  if (request.tls < rule.least_tls) {
    return rule.least_tls == TlsStrength::kVerified ? "needs verified TLS" : "needs TLS";
  }
  if ((request.lax_tls & ~rule.lax_tls) != 0) return "does not permit to weaken TLS so";
  if (!request.identity.empty() && std::find(rule.identities.begin(), rule.identities.end(),
                                             request.identity) == rule.identities.end()) {
    return absl::StrCat("does not permit the identity \"", request.identity, "\"");
  }
  if (unverifiable && !rule.allows_unverifiable) {
    return "does not permit names that a proxy resolves";
  }
  return "";
}

// The narrowest match of each kind, as they come in.
struct Best {
  const Rule* rule = nullptr;
  Specificity specificity = 0;

  void Offer(const RuleMatch& match) {
    // Of equals, the one whose name comes first, so that the answer does not depend on a table's
    // order.
    if (rule == nullptr || match.specificity > specificity ||
        (match.specificity == specificity && match.rule->name < rule->name)) {
      rule = match.rule;
      specificity = match.specificity;
    }
  }
};

}  // namespace

Policy::Policy(PolicySource source)
    : source_(std::move(source)), global_denials_(source_.global_denials), rules_(source_.rules) {}

Result<std::shared_ptr<const Policy>> Policy::Make(PolicySource source) {
  if (source.rules.size() + source.global_denials.size() > kMaxRules) {
    return InvalidRequest(absl::StrCat("at most ", kMaxRules, " rules"));
  }
  absl::flat_hash_set<std::string> seen;
  for (const auto* rules : {&source.global_denials, &source.rules}) {
    for (const Rule& rule : *rules) {
      if (auto error = CheckName(rule.name, seen)) return *std::move(error);
      for (const PortRange& range : rule.ports) {
        if (range.first == 0 || range.first > range.last) {
          return InvalidRequest(absl::StrCat("rule \"", rule.name, "\": a range of ports must go ",
                                             "from 1 to 65535, upwards"));
        }
      }
      if (!rule.about_targets && !rule.about_proxies) {
        return InvalidRequest(
            absl::StrCat("rule \"", rule.name, "\" is about neither targets nor proxies"));
      }
      if (rule.action == RuleAction::kAllow && rule.mode == RuleMode::kReport) {
        return InvalidRequest(absl::StrCat("rule \"", rule.name,
                                           "\": only a denial can be reported without binding"));
      }
    }
  }
  for (const Rule& rule : source.global_denials) {
    if (rule.action != RuleAction::kDeny) {
      return InvalidRequest(absl::StrCat("rule \"", rule.name, "\": a global denial must deny"));
    }
  }
  for (const GuardExemption& exemption : source.exemptions) {
    if (auto error = CheckName(exemption.name, seen)) return *std::move(error);
    if (exemption.principals.empty() || exemption.hosts.empty() || exemption.addresses.empty()) {
      return InvalidRequest(absl::StrCat("exemption \"", exemption.name,
                                         "\" must name principals, hosts and addresses"));
    }
  }
  return std::shared_ptr<const Policy>(new Policy(std::move(source)));
}

bool Policy::GuardExempts(const PolicyRequest& request, const IpAddress& address) const {
  const auto matches = [&](const GuardExemption& exemption) {
    return std::any_of(exemption.principals.begin(), exemption.principals.end(),
                       [&](const auto& each) { return each.Matches(request.principal); }) &&
           std::any_of(exemption.hosts.begin(), exemption.hosts.end(),
                       [&](const auto& each) { return each.Matches(request.host, address); }) &&
           std::any_of(exemption.addresses.begin(), exemption.addresses.end(),
                       [&](const auto& each) { return each.Contains(address.Unmapped()); });
  };
  return std::any_of(source_.exemptions.begin(), source_.exemptions.end(), matches);
}

PolicyDecision Policy::Decide(const PolicyRequest& request, const RuleQuery& query) const {
  PolicyDecision decision;
  const auto deny = [&](absl::string_view rule, std::string reason, RuleMode mode,
                        OnReload on_reload) {
    if (mode == RuleMode::kReport || source_.mode == RuleMode::kReport) {
      if (decision.would_deny.empty()) decision.would_deny = std::string(rule);
      return false;
    }
    decision.allowed = false;
    decision.rule = std::string(rule);
    decision.reason = std::move(reason);
    decision.on_reload = on_reload;
    return true;
  };

  const auto is_own = [&](const Endpoint& own) {
    if (own.port != request.port) return false;
    const IpAddress listener = own.address.Unmapped();
    const IpAddress address = query.address->Unmapped();
    // Who connects to 0.0.0.0 reaches loopback, and who listens there is reached by all of it.
    const bool is_local = address.IsUnspecified() || address.IsLoopback();
    return listener == address || (listener.IsUnspecified() && is_local) ||
           (listener.IsLoopback() && address.IsUnspecified());
  };
  if (query.address.has_value() &&
      std::any_of(source_.own_listeners.begin(), source_.own_listeners.end(), is_own)) {
    decision.rule = kGuard;  // Even when rules only report: it would be a loop.
    decision.reason = "the server itself listens there";
    decision.on_reload = source_.on_reload;
    return decision;
  }

  Best global;
  Best global_report;
  global_denials_.Find(request, query, [&](const RuleMatch& match) {
    if (!match.is_certain) return;
    (match.rule->mode == RuleMode::kReport ? global_report : global).Offer(match);
  });
  if (global.rule != nullptr && deny(global.rule->name, "a global denial forbids it",
                                     RuleMode::kEnforce, global.rule->on_reload)) {
    return decision;
  }
  if (global_report.rule != nullptr)
    deny(global_report.rule->name, "", RuleMode::kReport, OnReload::kKeep);

  if (source_.guard && query.address.has_value()) {
    const AddressVerdict verdict = Classify(*query.address);
    if (verdict.address_class != AddressClass::kPublic && !GuardExempts(request, *query.address) &&
        deny(kGuard,
             absl::StrCat(query.address->ToString(), " is ", verdict.ToString(*query.address)),
             source_.guard_mode, source_.on_reload)) {
      return decision;
    }
  }

  Best allow;
  Best denial;
  Best report;
  Best almost;  // Would allow, but for a condition.
  const bool unverifiable = query.knowledge == RuleQuery::Address::kNever;
  rules_.Find(request, query, [&](const RuleMatch& match) {
    const Rule& rule = *match.rule;
    if (rule.action == RuleAction::kDeny) {
      if (match.is_certain) (rule.mode == RuleMode::kReport ? report : denial).Offer(match);
      return;
    }
    if (match.is_embedded) return;  // What is inside an address can forbid it, not permit it.
    (Unfulfilled(rule, request, unverifiable).empty() ? allow : almost).Offer(match);
  });
  const auto beats_allow = [&](const Best& best) {
    return best.rule != nullptr && (allow.rule == nullptr || best.specificity >= allow.specificity);
  };
  if (beats_allow(report)) deny(report.rule->name, "", RuleMode::kReport, OnReload::kKeep);
  if (beats_allow(denial) &&
      deny(denial.rule->name, "the rule forbids it", RuleMode::kEnforce, denial.rule->on_reload)) {
    return decision;
  }
  if (allow.rule == nullptr) {
    std::string reason = "no rule allows it";
    if (almost.rule != nullptr) {
      reason = absl::StrCat("rule \"", almost.rule->name, "\" ",
                            Unfulfilled(*almost.rule, request, unverifiable));
    }
    if (deny(kDefault, std::move(reason), RuleMode::kEnforce, source_.on_reload)) return decision;
  }
  decision.allowed = true;
  decision.rule = allow.rule != nullptr ? allow.rule->name : kDefault;
  decision.may_park = allow.rule != nullptr && allow.rule->may_park;
  return decision;
}

PolicyDecision Policy::JudgeName(const PolicyRequest& request) const {
  return Decide(request, {RuleQuery::Address::kUnknown, std::nullopt});
}

PolicyDecision Policy::JudgeAddress(const PolicyRequest& request, const IpAddress& address) const {
  return Decide(request, {RuleQuery::Address::kKnown, address});
}

PolicyDecision Policy::JudgeUnverifiable(const PolicyRequest& request) const {
  return Decide(request, {RuleQuery::Address::kNever, std::nullopt});
}

}  // namespace streampair
