#ifndef STREAMPAIR_CORE_POLICY_EMBEDDED_IPV4_H_
#define STREAMPAIR_CORE_POLICY_EMBEDDED_IPV4_H_

#include "absl/container/inlined_vector.h"
#include "core/addr/ip_address.h"

namespace streampair {

// The IPv4 addresses that packets to `address` may end at: by translation, by a tunnel, or because
// a library reads it so. Empty for IPv4. At most two.
//
//   ::ffff:0:0/96      IPv4-mapped, RFC 4291 section 2.5.5.2
//   ::/96              IPv4-compatible, RFC 4291 section 2.5.5.1, except :: and ::1
//   64:ff9b::/96       NAT64, RFC 6052
//   64:ff9b:1::/48     NAT64 for local use, RFC 8215: as a prefix of 48 bits and as one of 96
//   2002::/16          6to4, RFC 3056
//   2001::/32          Teredo, RFC 4380: the server, and the client with its bits turned over
//   ...:0:5efe:a.b.c.d and ...:200:5efe:a.b.c.d   ISATAP, RFC 5214, under any prefix
absl::InlinedVector<IpAddress, 2> EmbeddedIpv4(const IpAddress& address);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_POLICY_EMBEDDED_IPV4_H_
