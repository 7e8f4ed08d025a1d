#include "core/testing/loopback_listener.h"

#include <sys/socket.h>

#include "core/base/check.h"
#include "core/base/result.h"
#include "core/net/socket.h"

namespace streampair {
namespace {

UniqueFd NewSocket() {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  SP_CHECK(fd.valid());
  return fd;
}

// Gives `fd` a port on the loopback.
Endpoint Bind(const UniqueFd& fd) {
  const SocketAddress address = Endpoint{IpAddress::V4({127, 0, 0, 1}), 0}.ToSockaddr();
  SP_CHECK(::bind(fd.get(), address.get(), address.length) == 0);
  return LocalEndpoint(fd.get()).value();
}

}  // namespace

LoopbackListener::LoopbackListener() : fd_(NewSocket()), endpoint_(Bind(fd_)) {
  SP_CHECK(::listen(fd_.get(), 1024) == 0);
}

UniqueFd LoopbackListener::Accept() {
  UniqueFd accepted(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  SP_CHECK(accepted.valid());
  return accepted;
}

SilentListener::SilentListener() : fd_(NewSocket()), endpoint_(Bind(fd_)), occupant_(NewSocket()) {
  // A backlog of zero still lets one connection in; the kernel drops the next ones' packets.
  SP_CHECK(::listen(fd_.get(), 0) == 0);
  const SocketAddress address = endpoint_.ToSockaddr();
  SP_CHECK(::connect(occupant_.get(), address.get(), address.length) == 0);
}

ClosedPort::ClosedPort() : fd_(NewSocket()), endpoint_(Bind(fd_)) {}

}  // namespace streampair
