#ifndef STREAMPAIR_CORE_POLICY_ADDRESS_CLASS_H_
#define STREAMPAIR_CORE_POLICY_ADDRESS_CLASS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "core/addr/ip_address.h"
#include "core/addr/ip_range.h"

namespace streampair {

// What an address is for. Everything but kPublic is special: a server that dials it for somebody
// else may be reaching into its own network.
enum class AddressClass : uint8_t {
  kPublic,         // Globally reachable.
  kThisNetwork,    // 0.0.0.0/8, ::
  kLoopback,       // 127.0.0.0/8, ::1
  kPrivate,        // RFC 1918, unique local (RFC 4193), site-local (RFC 3879)
  kShared,         // Carrier-grade NAT, RFC 6598
  kLinkLocal,      // RFC 3927, RFC 4291
  kMetadata,       // Where clouds tell a machine its secrets
  kProtocol,       // IETF protocol assignments and translation or tunnel prefixes
  kDocumentation,  // RFC 5737, RFC 3849, RFC 9637
  kBenchmarking,   // RFC 2544, RFC 5180
  kMulticast,
  kReserved,  // 240.0.0.0/4, and what nobody has been given of IPv6
};

// "public", "this_network", ...: the word for texts and records.
absl::string_view AddressClassName(AddressClass address_class);

// How an address is classed, and by what.
struct AddressVerdict {
  AddressClass address_class;
  IpRange range;     // The entry of the table that says so.
  IpAddress judged;  // The address itself, or the IPv4 address in it.

  // "loopback (127.0.0.0/8)", "private (10.0.0.0/8, by the 10.0.0.1 in it)".
  std::string ToString(const IpAddress& address) const;
};

// By IANA's registries of special-purpose addresses for IPv4 and IPv6 (RFC 6890; as of 2025), the
// multicast ranges, and the metadata services of the large clouds; the longest range wins. An
// address with IPv4 addresses in it (embedded_ipv4.h) is special if it or one of them is.
AddressVerdict Classify(const IpAddress& address);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_POLICY_ADDRESS_CLASS_H_
