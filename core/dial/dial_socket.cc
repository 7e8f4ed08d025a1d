#include "core/dial/dial_socket.h"

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "core/addr/endpoint.h"
#include "core/base/posix_errors.h"
#include "core/net/net_interface.h"
#include "core/net/socket.h"
#include "core/net/traffic_class.h"

namespace streampair {
namespace {

Result<void> SetSource(int fd, IpAddress::Family family, const SourceOptions& source) {
  if (!source.interface.empty()) {
    if (auto bound = BindToInterface(fd, source.interface); !bound.ok()) return bound;
  }
  if (!source.address.has_value() && source.port == 0) return {};
  const bool v4 = family == IpAddress::Family::kV4;
  const IpAddress any = v4 ? IpAddress() : IpAddress::V6({});
  const IpAddress address = source.address.value_or(any);
  if (address.family() != family) {
    return PosixError(Stage::kConnect, EAFNOSUPPORT, "bind to a local address of the other family");
  }
  return BindSource(fd, Endpoint{address, source.port});
}

// Looked at and bound to in one go, so that no change of the routes leads elsewhere in between.
Result<void> AvoidCellular(int fd, const IpAddress& remote, const SourceOptions& source) {
  const Result<NetInterface> leaves_by = source.interface.empty()
                                             ? InterfaceTowards(remote, source.address)
                                             : InterfaceByName(source.interface);
  if (!leaves_by.ok()) return leaves_by.error();
  if (leaves_by->cellular) {
    return PosixError(
        Stage::kConnect, EHOSTUNREACH,
        absl::StrCat("connect without a cellular interface, when the route leaves by ",
                     leaves_by->name));
  }
  return BindToInterface(fd, leaves_by->name);
}

Result<void> Mark(int fd, IpAddress::Family family, ServiceType type) {
  switch (type) {
    case ServiceType::kBestEffort:
      return {};
    case ServiceType::kVoip:
    case ServiceType::kVoice:
      return SetTrafficClass(fd, family, kExpeditedForwarding);
    case ServiceType::kVideo:
      return SetTrafficClass(fd, family, kAssuredForwarding41);
    case ServiceType::kBackground:
      return SetTrafficClass(fd, family, kClassSelector1);
  }
  return {};  // Not reached: the switch is complete.
}

}  // namespace

Result<UniqueFd> OpenDialSocket(const IpAddress& remote, const DialOptions& options) {
  const IpAddress::Family family = remote.family();
  Result<UniqueFd> socket = OpenTcpSocket(family);
  if (!socket.ok()) return socket;
  const int fd = socket->get();
  if (options.receive_buffer > 0) {
    if (auto set = SetReceiveBuffer(fd, options.receive_buffer); !set.ok()) return set.error();
  }
  if (options.send_buffer > 0) {
    if (auto set = SetSendBuffer(fd, options.send_buffer); !set.ok()) return set.error();
  }
  if (options.keepalive.on) {
    if (auto set = SetKeepalive(fd, options.keepalive); !set.ok()) return set.error();
  }
  if (options.user_timeout > absl::ZeroDuration()) {
    if (auto set = SetUserTimeout(fd, options.user_timeout); !set.ok()) return set.error();
  }
  if (auto set = SetNoDelay(fd, options.no_delay); !set.ok()) return set.error();
  if (auto set = Mark(fd, family, options.service_type); !set.ok()) return set.error();
  if (auto set = SetSource(fd, family, options.source); !set.ok()) return set.error();
  if (options.no_cellular) {
    if (auto set = AvoidCellular(fd, remote, options.source); !set.ok()) return set.error();
  }
  return socket;
}

}  // namespace streampair
