#ifndef STREAMPAIR_CORE_RESOLVE_FAMILY_ANSWERS_H_
#define STREAMPAIR_CORE_RESOLVE_FAMILY_ANSWERS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/addr/ip_address.h"
#include "core/base/result.h"
#include "core/resolve/cares_answer.h"
#include "core/resolve/resolver.h"

namespace streampair {

// Merges what the A and the AAAA query of one lookup came to. The outcome does not depend on which
// came first: addresses of either family are a success; without any, the answer that leaves most
// open decides, so that "no such name" and "no address" are only said when no server left the
// question open. Pure. Thread-compatible.
class FamilyAnswers {
 public:
  void Add(CaresAnswer answer);

  bool HasAddresses() const { return !v6_.empty() || !v4_.empty(); }

  // The merged outcome for `name`: IPv6 before IPv4, each family in the server's order, without
  // duplicates. Nothing added counts as a timeout. Leaves this object empty.
  Result<Resolution> Take(absl::string_view name);

 private:
  std::vector<IpAddress> v6_;
  std::vector<IpAddress> v4_;
  std::string canonical_name_;
  absl::Duration ttl_ = absl::InfiniteDuration();  // Of what has addresses.
  std::optional<int> failure_;  // The status that decides unless there are addresses.
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_RESOLVE_FAMILY_ANSWERS_H_
