#include "core/net/traffic_class.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "core/base/posix_errors.h"

namespace streampair {

Result<void> SetTrafficClass(int fd, IpAddress::Family family, const TrafficClass& traffic_class) {
  const int octet = traffic_class.dscp
                    << 2;  // The lower two bits are ECN's, which are the kernel's.
  const bool v4 = family == IpAddress::Family::kV4;
  const int set = v4 ? setsockopt(fd, IPPROTO_IP, IP_TOS, &octet, sizeof(octet))
                     : setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &octet, sizeof(octet));
  if (set != 0) return PosixError(Stage::kConnect, errno, "mark the connection's packets");
  // After the mark, which sets a priority of its own.
  const int priority = traffic_class.priority;
  if (setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &priority, sizeof(priority)) != 0) {
    return PosixError(Stage::kConnect, errno, "set the connection's priority");
  }
  return {};
}

}  // namespace streampair
