#ifndef STREAMPAIR_CORE_POLICY_RULE_INDEX_H_
#define STREAMPAIR_CORE_POLICY_RULE_INDEX_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "core/addr/ip_range.h"
#include "core/policy/policy_request.h"
#include "core/policy/rule.h"

namespace streampair {

// How narrow a match is; larger is narrower. Compares principal, host, address, ports, in that
// order.
using Specificity = uint64_t;

// What is known of the address when rules are looked for.
struct RuleQuery {
  enum class Address : uint8_t {
    kUnknown,  // Not yet: a rule about addresses may come to match.
    kKnown,
    kNever,  // It will not be known: rules about addresses do not match.
  };
  Address knowledge = Address::kUnknown;
  std::optional<IpAddress> address;  // kKnown.
};

// A rule that matches by its lists.
struct RuleMatch {
  const Rule* rule;
  Specificity specificity;
  bool is_certain;   // False: depends on an address that is not known yet.
  bool is_embedded;  // The address that matched is an IPv4 address inside the one asked about.
};

// Finds, of many rules, those whose lists match a request, without looking at all: by principal,
// then by host, then by address. Rules of equal principal, host and address are gone through one by
// one.
class RuleIndex {
 public:
  RuleIndex() = default;

  // `rules` must outlive this and not change.
  explicit RuleIndex(const std::vector<Rule>& rules);

  // Calls `found` for each match; for one rule more than once if more than one of its entries
  // match.
  void Find(const PolicyRequest& request, const RuleQuery& query,
            absl::FunctionRef<void(const RuleMatch&)> found) const;

 private:
  // One combination of a rule's principal, host and address.
  struct Entry {
    const Rule* rule;
    Specificity specificity;
  };
  using Entries = std::vector<Entry>;

  // Entries of one principal and one host.
  struct ByAddress {
    Entries any;
    absl::flat_hash_map<IpRange, Entries> ranges;
    std::set<int> lengths_v4;
    std::set<int> lengths_v6;
  };
  // Entries of one principal. The keys are names of the one kind.
  struct ByHost {
    ByAddress any;
    absl::flat_hash_map<std::string, ByAddress> exact;
    absl::flat_hash_map<std::string, ByAddress> one_label;
    absl::flat_hash_map<std::string, ByAddress> suffix;
    absl::flat_hash_map<std::string, ByAddress> literal;
  };

  void Add(const Rule& rule);
  static void AddTo(ByHost& hosts, const Rule& rule, Specificity principal);
  static void AddTo(ByAddress& addresses, const Rule& rule, Specificity so_far);
  static void FindIn(const ByHost& hosts, const PolicyRequest& request, const RuleQuery& query,
                     absl::FunctionRef<void(const RuleMatch&)> found);
  static void FindIn(const ByAddress& addresses, const PolicyRequest& request,
                     const RuleQuery& query, absl::FunctionRef<void(const RuleMatch&)> found);

  absl::flat_hash_map<std::string, ByHost> principals_;
  absl::flat_hash_map<std::string, ByHost> prefixes_;  // "" is any principal.
  std::set<size_t> prefix_lengths_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_POLICY_RULE_INDEX_H_
