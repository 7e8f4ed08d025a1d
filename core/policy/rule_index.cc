#include "core/policy/rule_index.h"

#include <algorithm>

#include "absl/strings/string_view.h"
#include "core/policy/embedded_ipv4.h"

namespace streampair {
namespace {

// The fields of a Specificity, most important first.
constexpr int kPrincipalShift = 40;
constexpr int kHostShift = 20;
constexpr int kAddressShift = 4;

Specificity OfRange(const IpRange& range) {
  return static_cast<Specificity>(range.length() + (range.first().is_v4() ? 96 : 0) + 1);
}

// 0: any port, 1: some, 2: this one. Nothing: not this port.
std::optional<Specificity> OfPort(const Rule& rule, uint16_t port) {
  if (rule.ports.empty()) return 0;
  std::optional<Specificity> best;
  for (const PortRange& range : rule.ports) {
    if (port < range.first || port > range.last) continue;
    best = std::max<Specificity>(best.value_or(1), range.first == range.last ? 2 : 1);
  }
  return best;
}

bool IsAbout(const Rule& rule, HopKind hop) {
  return hop == HopKind::kTarget ? rule.about_targets : rule.about_proxies;
}

}  // namespace

RuleIndex::RuleIndex(const std::vector<Rule>& rules) {
  for (const Rule& rule : rules) Add(rule);
}

void RuleIndex::Add(const Rule& rule) {
  if (rule.principals.empty()) {
    prefix_lengths_.insert(0);
    AddTo(prefixes_[""], rule, 0);
  }
  for (const PrincipalPattern& principal : rule.principals) {
    if (principal.is_prefix()) prefix_lengths_.insert(principal.text().size());
    AddTo((principal.is_prefix() ? prefixes_ : principals_)[principal.text()], rule,
          Specificity{principal.specificity()} << kPrincipalShift);
  }
}

void RuleIndex::AddTo(ByHost& hosts, const Rule& rule, Specificity principal) {
  if (rule.hosts.empty()) return AddTo(hosts.any, rule, principal);
  for (const HostPattern& host : rule.hosts) {
    const Specificity specificity = principal | Specificity{host.specificity()} << kHostShift;
    switch (host.kind()) {
      case HostPattern::Kind::kAny:
        AddTo(hosts.any, rule, specificity);
        break;
      case HostPattern::Kind::kSuffix:
        AddTo(hosts.suffix[host.name()], rule, specificity);
        break;
      case HostPattern::Kind::kOneLabel:
        AddTo(hosts.one_label[host.name()], rule, specificity);
        break;
      case HostPattern::Kind::kExact:
        AddTo(hosts.exact[host.name()], rule, specificity);
        break;
      case HostPattern::Kind::kAddress:
        AddTo(hosts.literal[host.name()], rule, specificity);
        break;
    }
  }
}

void RuleIndex::AddTo(ByAddress& addresses, const Rule& rule, Specificity so_far) {
  if (rule.addresses.empty()) addresses.any.push_back({&rule, so_far});
  for (const IpRange& range : rule.addresses) {
    addresses.ranges[range].push_back({&rule, so_far | OfRange(range) << kAddressShift});
    (range.first().is_v4() ? addresses.lengths_v4 : addresses.lengths_v6).insert(range.length());
  }
}

void RuleIndex::Find(const PolicyRequest& request, const RuleQuery& query,
                     absl::FunctionRef<void(const RuleMatch&)> found) const {
  if (auto it = principals_.find(request.principal); it != principals_.end()) {
    FindIn(it->second, request, query, found);
  }
  for (const size_t length : prefix_lengths_) {
    if (length > request.principal.size()) break;
    const auto it = prefixes_.find(absl::string_view(request.principal).substr(0, length));
    if (it != prefixes_.end()) FindIn(it->second, request, query, found);
  }
}

void RuleIndex::FindIn(const ByHost& hosts, const PolicyRequest& request, const RuleQuery& query,
                       absl::FunctionRef<void(const RuleMatch&)> found) {
  const auto look = [&](const absl::flat_hash_map<std::string, ByAddress>& map,
                        absl::string_view name) {
    if (map.empty()) return;
    if (auto it = map.find(name); it != map.end()) FindIn(it->second, request, query, found);
  };
  FindIn(hosts.any, request, query, found);
  if (!request.host.has_value()) {
    if (query.address.has_value()) look(hosts.literal, query.address->Unmapped().ToString());
    // An address that is asked for is known; without it nothing can be said of literals.
    return;
  }
  absl::string_view name = request.host->str();
  look(hosts.exact, name);
  for (bool first = true;; first = false) {
    const size_t dot = name.find('.');
    if (dot == absl::string_view::npos) break;
    name.remove_prefix(dot + 1);
    if (first) look(hosts.one_label, name);
    look(hosts.suffix, name);
  }
}

void RuleIndex::FindIn(const ByAddress& addresses, const PolicyRequest& request,
                       const RuleQuery& query, absl::FunctionRef<void(const RuleMatch&)> found) {
  const auto tell = [&](const Entries& entries, bool is_certain, bool is_embedded) {
    for (const Entry& entry : entries) {
      if (!IsAbout(*entry.rule, request.hop)) continue;
      if (const auto ports = OfPort(*entry.rule, request.port)) {
        found({entry.rule, entry.specificity | *ports, is_certain, is_embedded});
      }
    }
  };
  const auto tell_ranges = [&](const IpAddress& address, bool is_embedded) {
    for (const int length : address.is_v4() ? addresses.lengths_v4 : addresses.lengths_v6) {
      const auto it = addresses.ranges.find(IpRange::Around(address, length));
      if (it != addresses.ranges.end()) tell(it->second, true, is_embedded);
    }
  };
  tell(addresses.any, true, false);
  if (query.knowledge == RuleQuery::Address::kNever || addresses.ranges.empty()) return;
  if (query.knowledge == RuleQuery::Address::kUnknown) {
    for (const auto& [range, entries] : addresses.ranges) tell(entries, false, false);
    return;
  }
  const IpAddress address = query.address->Unmapped();
  tell_ranges(address, false);
  for (const IpAddress& within : EmbeddedIpv4(address)) tell_ranges(within, true);
}

}  // namespace streampair
