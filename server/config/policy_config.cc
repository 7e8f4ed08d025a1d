#include "server/config/policy_config.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/repeated_ptr_field.h"

namespace streampair {
namespace {

namespace pb = config::v1;

// Parses each text of a list; what does not parse is complained of by its index.
template <typename T>
std::vector<T> ListOf(const google::protobuf::RepeatedPtrField<std::string>& texts,
                      const std::string& path, ConfigComplaints& complaints) {
  std::vector<T> values;
  values.reserve(static_cast<size_t>(texts.size()));
  for (int i = 0; i < texts.size(); ++i) {
    auto value = T::Parse(texts[i]);
    if (value.ok()) {
      values.push_back(*std::move(value));
    } else {
      complaints.Add(absl::StrCat(path, "[", i, "]"), value.error().detail());
    }
  }
  return values;
}

bool ParsePort(absl::string_view text, uint16_t& port) {
  uint32_t number = 0;
  if (text.empty() || text.find_first_not_of("0123456789") != absl::string_view::npos ||
      !absl::SimpleAtoi(text, &number) || number == 0 || number > 65535) {
    return false;
  }
  port = static_cast<uint16_t>(number);
  return true;
}

std::vector<PortRange> PortsOf(const pb::Rule& proto, const std::string& path,
                               ConfigComplaints& complaints) {
  std::vector<PortRange> ports;
  for (int i = 0; i < proto.ports_size(); ++i) {
    const std::vector<absl::string_view> ends = absl::StrSplit(proto.ports(i), '-');
    PortRange range;
    if (ends.size() > 2 || !ParsePort(ends.front(), range.first) ||
        !ParsePort(ends.back(), range.last) || range.first > range.last) {
      complaints.Add(absl::StrCat(path, ".ports[", i, "]"),
                     absl::StrCat("\"", proto.ports(i),
                                  "\" must be a port of 1 to 65535, or a range such as 8000-8999"));
      continue;
    }
    ports.push_back(range);
  }
  return ports;
}

OnReload OnReloadFrom(pb::OnReload on_reload) {
  if (on_reload == pb::ON_RELOAD_DRAIN) return OnReload::kDrain;
  return on_reload == pb::ON_RELOAD_RESET ? OnReload::kReset : OnReload::kKeep;
}

RuleMode ModeFrom(pb::RuleMode mode) {
  return mode == pb::RULE_MODE_REPORT ? RuleMode::kReport : RuleMode::kEnforce;
}

TlsStrength StrengthFrom(pb::TlsStrength tls) {
  if (tls == pb::TLS_STRENGTH_ENCRYPTED) return TlsStrength::kEncrypted;
  return tls == pb::TLS_STRENGTH_VERIFIED ? TlsStrength::kVerified : TlsStrength::kClear;
}

LaxTlsSet LaxFrom(int lax) {
  switch (lax) {
    case pb::LAX_TLS_EXPIRED_CERTIFICATES:
      return kAllowsExpiredCertificates;
    case pb::LAX_TLS_EXPIRED_ROOTS:
      return kAllowsExpiredRoots;
    case pb::LAX_TLS_ANY_ROOT:
      return kAllowsAnyRoot;
    case pb::LAX_TLS_NO_CHAIN:
      return kSkipsChain;
    case pb::LAX_TLS_OTHER_PEER_NAME:
      return kOtherPeerName;
    case pb::LAX_TLS_OLD_VERSIONS:
      return kOldVersions;
    case pb::LAX_TLS_OWN_ROOTS:
      return kOwnRoots;
    default:
      return 0;
  }
}

// What only a rule that allows can have.
void CheckConditions(const pb::Rule& proto, const std::string& path, ConfigComplaints& complaints) {
  if (proto.action() != pb::RULE_ACTION_DENY) {
    if (proto.on_reload() != pb::ON_RELOAD_UNSPECIFIED) {
      complaints.Add(path + ".on_reload",
                     "only a rule that denies says what becomes of live pairs");
    }
    return;
  }
  const char* text = "only a rule that allows has conditions";
  if (proto.tls() != pb::TLS_STRENGTH_UNSPECIFIED) complaints.Add(path + ".tls", text);
  if (proto.lax_tls_size() > 0) complaints.Add(path + ".lax_tls", text);
  if (proto.identities_size() > 0) complaints.Add(path + ".identities", text);
  if (proto.unverifiable()) complaints.Add(path + ".unverifiable", text);
  if (proto.may_park()) complaints.Add(path + ".may_park", text);
}

Rule RuleFrom(const pb::Rule& proto, const std::string& path, ConfigComplaints& complaints) {
  if (proto.action() == pb::RULE_ACTION_UNSPECIFIED) {
    complaints.Add(path, "action is missing: must be allow or deny");
  }
  CheckConditions(proto, path, complaints);
  Rule rule;
  rule.name = proto.name();
  rule.action = proto.action() == pb::RULE_ACTION_DENY ? RuleAction::kDeny : RuleAction::kAllow;
  rule.mode = ModeFrom(proto.mode());
  rule.principals = ListOf<PrincipalPattern>(proto.principals(), path + ".principals", complaints);
  rule.hosts = ListOf<HostPattern>(proto.hosts(), path + ".hosts", complaints);
  rule.addresses = ListOf<IpRange>(proto.addresses(), path + ".addresses", complaints);
  rule.ports = PortsOf(proto, path, complaints);
  if (proto.hops_size() > 0) rule.about_targets = false;
  for (const int hop : proto.hops()) {
    (hop == pb::HOP_PROXY ? rule.about_proxies : rule.about_targets) = true;
  }
  rule.least_tls = StrengthFrom(proto.tls());
  for (const int lax : proto.lax_tls()) rule.lax_tls |= LaxFrom(lax);
  rule.identities.assign(proto.identities().begin(), proto.identities().end());
  rule.allows_unverifiable = proto.unverifiable();
  rule.may_park = proto.may_park();
  rule.on_reload = OnReloadFrom(proto.on_reload());
  return rule;
}

std::vector<Rule> RulesFrom(const google::protobuf::RepeatedPtrField<pb::Rule>& protos,
                            const std::string& path, ConfigComplaints& complaints) {
  std::vector<Rule> rules;
  rules.reserve(static_cast<size_t>(protos.size()));
  for (int i = 0; i < protos.size(); ++i) {
    rules.push_back(RuleFrom(protos[i], absl::StrCat(path, "[", i, "]"), complaints));
  }
  return rules;
}

}  // namespace

std::shared_ptr<const Policy> PolicyFromConfig(const pb::Config& config,
                                               std::vector<Endpoint> own_listeners,
                                               ConfigComplaints& complaints) {
  const pb::Policy& proto = config.policy();
  if (!config.has_policy()) {
    complaints.Add("", "policy is missing; `policy: {}` denies everything");
    return nullptr;
  }
  PolicySource source;
  source.mode = ModeFrom(proto.mode());
  source.on_reload = OnReloadFrom(proto.on_reload());
  source.global_denials = RulesFrom(proto.global_denials(), "policy.global_denials", complaints);
  source.rules = RulesFrom(proto.rules(), "policy.rules", complaints);
  source.guard = proto.guard().mode() != pb::Guard::MODE_OFF;
  if (proto.guard().mode() == pb::Guard::MODE_REPORT) source.guard_mode = RuleMode::kReport;
  for (int i = 0; i < proto.guard().exemptions_size(); ++i) {
    const pb::GuardExemption& exemption = proto.guard().exemptions(i);
    const std::string path = absl::StrCat("policy.guard.exemptions[", i, "]");
    source.exemptions.push_back(
        {exemption.name(),
         ListOf<PrincipalPattern>(exemption.principals(), path + ".principals", complaints),
         ListOf<HostPattern>(exemption.hosts(), path + ".hosts", complaints),
         ListOf<IpRange>(exemption.addresses(), path + ".addresses", complaints)});
  }
  source.own_listeners = std::move(own_listeners);
  if (!complaints.empty()) return nullptr;
  auto policy = Policy::Make(std::move(source));
  if (policy.ok()) return *std::move(policy);
  complaints.Add("policy", policy.error().detail());
  return nullptr;
}

}  // namespace streampair
