#ifndef STREAMPAIR_CORE_TESTING_TCP_PAIR_H_
#define STREAMPAIR_CORE_TESTING_TCP_PAIR_H_

#include "core/addr/ip_address.h"
#include "core/base/unique_fd.h"

namespace streampair {

// Both ends of a TCP connection over the loopback, non-blocking, without delay.
struct TcpPair {
  UniqueFd client;
  UniqueFd server;
};

// Aborts if the system refuses, for instance for want of IPv6.
TcpPair MakeTcpPair(IpAddress::Family family = IpAddress::Family::kV4);

// False on machines without an IPv6 loopback.
bool HasIpv6Loopback();

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TESTING_TCP_PAIR_H_
