#include "server/policy/own_listeners.h"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <array>
#include <cstring>
#include <memory>

namespace streampair {
namespace {

std::vector<IpAddress> MachineAddresses() {
  ifaddrs* raw = nullptr;
  if (getifaddrs(&raw) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> list(raw, &freeifaddrs);
  std::vector<IpAddress> addresses;
  for (const ifaddrs* each = list.get(); each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr) continue;
    if (each->ifa_addr->sa_family == AF_INET) {
      std::array<uint8_t, 4> bytes;
      const auto* in = reinterpret_cast<const sockaddr_in*>(each->ifa_addr);
      std::memcpy(bytes.data(), &in->sin_addr, bytes.size());
      addresses.push_back(IpAddress::V4(bytes));
    } else if (each->ifa_addr->sa_family == AF_INET6) {
      std::array<uint8_t, 16> bytes;
      const auto* in6 = reinterpret_cast<const sockaddr_in6*>(each->ifa_addr);
      std::memcpy(bytes.data(), &in6->sin6_addr, bytes.size());
      addresses.push_back(IpAddress::V6(bytes));
    }
  }
  return addresses;
}

}  // namespace

std::vector<Endpoint> OwnListeners(const std::vector<std::string>& addresses) {
  std::vector<Endpoint> own;
  for (const std::string& address : addresses) {
    const auto endpoint = Endpoint::Parse(address);
    if (!endpoint.ok()) continue;  // A Unix socket.
    own.push_back(*endpoint);
    if (!endpoint->address.IsUnspecified()) continue;
    for (const IpAddress& machine : MachineAddresses()) own.push_back({machine, endpoint->port});
  }
  return own;
}

}  // namespace streampair
