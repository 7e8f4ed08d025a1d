#ifndef STREAMPAIR_CORE_RESOLVE_ADDRESS_ORDER_H_
#define STREAMPAIR_CORE_RESOLVE_ADDRESS_ORDER_H_

#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "core/addr/ip_address.h"

namespace streampair {

// The address that this host would send from to reach a destination; none if it has no way there.
using SourceOf = absl::FunctionRef<std::optional<IpAddress>(const IpAddress& destination)>;

// Puts destinations into the order in which to try them: RFC 6724 section 6, with the policy table
// of its section 2.1. Of its rules, 1, 2, 5, 6, 8, 9 (IPv6 only) and 10 are followed; 3, 4 and 7
// need facts about interfaces that a socket does not tell. Addresses that no rule tells apart keep
// their order, so a name server that rotates its answers still spreads the load. Pure but for
// `source_of`, which is called once for each address.
void SortByRfc6724(std::vector<IpAddress>& addresses, SourceOf source_of);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_RESOLVE_ADDRESS_ORDER_H_
