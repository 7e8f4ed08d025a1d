#ifndef STREAMPAIR_CORE_NET_TRAFFIC_CLASS_H_
#define STREAMPAIR_CORE_NET_TRAFFIC_CLASS_H_

#include "core/addr/ip_address.h"
#include "core/base/result.h"

namespace streampair {

// How packets are marked for the routers on the way, and how they queue on this machine.
struct TrafficClass {
  int dscp;      // The six bits of RFC 2474, in IP_TOS or IPV6_TCLASS.
  int priority;  // SO_PRIORITY: 0 to 6 need no privilege.
};

// RFC 4594's classes for telephony, interactive video and low-priority data.
constexpr TrafficClass kExpeditedForwarding{46, 6};
constexpr TrafficClass kAssuredForwarding41{34, 5};
constexpr TrafficClass kClassSelector1{8, 1};

// Before connecting, so that the SYN is marked too. Fails with (POSIX, errno).
Result<void> SetTrafficClass(int fd, IpAddress::Family family, const TrafficClass& traffic_class);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_NET_TRAFFIC_CLASS_H_
