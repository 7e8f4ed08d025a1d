#ifndef STREAMPAIR_CORE_ADDR_HOST_PORT_H_
#define STREAMPAIR_CORE_ADDR_HOST_PORT_H_

#include <cstdint>
#include <string>

#include "core/addr/host_spec.h"

namespace streampair {

// Where something listens: a host, by name or by address, and a port. A value.
struct HostPort {
  HostSpec host;
  uint16_t port = 0;

  // "example.com:80", "192.0.2.1:80", "[2001:db8::1]:80".
  std::string ToString() const;

  friend bool operator==(const HostPort&, const HostPort&) = default;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_ADDR_HOST_PORT_H_
