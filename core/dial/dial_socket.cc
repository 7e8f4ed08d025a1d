#include "core/dial/dial_socket.h"

#include <cerrno>

#include "core/addr/endpoint.h"
#include "core/base/posix_errors.h"
#include "core/net/socket.h"

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

}  // namespace

Result<UniqueFd> OpenDialSocket(IpAddress::Family family, const DialOptions& options) {
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
  if (auto set = SetSource(fd, family, options.source); !set.ok()) return set.error();
  return socket;
}

}  // namespace streampair
