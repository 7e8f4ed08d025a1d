#ifndef STREAMPAIR_CORE_ADDR_ENDPOINT_H_
#define STREAMPAIR_CORE_ADDR_ENDPOINT_H_

#include <sys/socket.h>

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "core/addr/ip_address.h"
#include "core/base/result.h"

namespace streampair {

// An Endpoint in the system's form, ready for connect(2) and bind(2).
struct SocketAddress {
  sockaddr_storage storage;
  socklen_t length;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// An address and a port: one end of a TCP connection. A value. Port 0 is allowed: it means
// "any" to bind(2). A target's port is a Port instead.
struct Endpoint {
  IpAddress address;
  uint16_t port = 0;

  // "192.0.2.1:80" or "[2001:db8::1]:80", both parts in strict form (see IpAddress::Parse);
  // anything else is InvalidRequest.
  static Result<Endpoint> Parse(absl::string_view text);

  // Nothing if the family is neither IPv4 nor IPv6 or `length` is too short for it. The
  // scope and flow label of IPv6 are dropped.
  static std::optional<Endpoint> FromSockaddr(const sockaddr* address, socklen_t length);

  SocketAddress ToSockaddr() const;

  // The inverse of Parse().
  std::string ToString() const;

  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const Endpoint& e) {
    return H::combine(std::move(h), e.address, e.port);
  }
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_ADDR_ENDPOINT_H_
