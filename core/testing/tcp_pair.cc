#include "core/testing/tcp_pair.h"

#include <poll.h>
#include <sys/socket.h>

#include "core/addr/endpoint.h"
#include "core/base/check.h"
#include "core/net/socket.h"

namespace streampair {
namespace {

constexpr int kPatienceMillis = 30'000;

IpAddress Loopback(IpAddress::Family family) {
  return IpAddress::Parse(family == IpAddress::Family::kV4 ? "127.0.0.1" : "::1").value();
}

bool BindToLoopback(int fd, IpAddress::Family family) {
  const SocketAddress address = Endpoint{Loopback(family), 0}.ToSockaddr();
  return bind(fd, address.get(), address.length) == 0;
}

void WaitFor(int fd, short events) {
  pollfd wait = {fd, events, 0};
  SP_CHECK(poll(&wait, 1, kPatienceMillis) == 1);
}

}  // namespace

TcpPair MakeTcpPair(IpAddress::Family family) {
  const UniqueFd listener = OpenTcpSocket(family).value();
  SP_CHECK(BindToLoopback(listener.get(), family));
  SP_CHECK(listen(listener.get(), 1) == 0);

  TcpPair pair;
  pair.client = OpenTcpSocket(family).value();
  if (!StartConnect(pair.client.get(), LocalEndpoint(listener.get()).value()).value()) {
    WaitFor(pair.client.get(), POLLOUT);
    SP_CHECK(TakeSocketError(pair.client.get()) == 0);
  }
  WaitFor(listener.get(), POLLIN);
  pair.server.Reset(accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  SP_CHECK(pair.server.valid());
  SP_CHECK(SetNoDelay(pair.client.get(), true).ok());
  SP_CHECK(SetNoDelay(pair.server.get(), true).ok());
  return pair;
}

bool HasIpv6Loopback() {
  const Result<UniqueFd> fd = OpenTcpSocket(IpAddress::Family::kV6);
  return fd.ok() && BindToLoopback(fd->get(), IpAddress::Family::kV6);
}

}  // namespace streampair
