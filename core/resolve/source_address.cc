#include "core/resolve/source_address.h"

#include <sys/socket.h>

#include "core/addr/endpoint.h"
#include "core/base/result.h"
#include "core/base/unique_fd.h"
#include "core/net/socket.h"

namespace streampair {

std::optional<IpAddress> SourceAddressFor(const IpAddress& destination) {
  // Any port would do; 9 is the discard service.
  const SocketAddress remote = Endpoint{destination, 9}.ToSockaddr();
  const int family = destination.is_v4() ? AF_INET : AF_INET6;
  const UniqueFd fd(::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return std::nullopt;
  if (::connect(fd.get(), remote.get(), remote.length) != 0) return std::nullopt;
  Result<Endpoint> local = LocalEndpoint(fd.get());
  if (!local.ok()) return std::nullopt;
  return local->address;
}

}  // namespace streampair
