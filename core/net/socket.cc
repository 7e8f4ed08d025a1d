#include "core/net/socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <optional>

#include "core/base/check.h"
#include "core/base/posix_errors.h"

namespace streampair {
namespace {

constexpr size_t kMaxParts = 1024;  // UIO_MAXIOV; the kernel refuses more.

template <typename T>
Result<void> SetOption(int fd, int level, int name, const T& value, const char* what) {
  if (setsockopt(fd, level, name, &value, sizeof(value)) == 0) return {};
  return PosixError(Stage::kConnect, errno, what);
}

// `duration` in units of `unit`, rounded up; 0 if negative, at most what an int holds.
int CountUp(absl::Duration duration, absl::Duration unit) {
  const absl::Duration longest = unit * std::numeric_limits<int>::max();
  const absl::Duration bounded = std::clamp(duration, absl::ZeroDuration(), longest);
  return static_cast<int>(absl::Ceil(bounded, unit) / unit);
}

template <typename Call>
auto Uninterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

IoResult Failed(int err) {
  if (err == EAGAIN || err == EWOULDBLOCK) return {IoResult::Outcome::kWouldBlock, 0, 0};
  return {IoResult::Outcome::kError, 0, err};
}

Result<Endpoint> NameOf(int fd, int (*get)(int, sockaddr*, socklen_t*), const char* what) {
  sockaddr_storage storage;
  socklen_t length = sizeof(storage);
  auto* const address = reinterpret_cast<sockaddr*>(&storage);
  if (get(fd, address, &length) != 0) return PosixError(Stage::kConnect, errno, what);
  const std::optional<Endpoint> endpoint = Endpoint::FromSockaddr(address, length);
  if (!endpoint.has_value()) return PosixError(Stage::kConnect, EAFNOSUPPORT, what);
  return *endpoint;
}

}  // namespace

Result<UniqueFd> OpenTcpSocket(IpAddress::Family family) {
  const int domain = family == IpAddress::Family::kV4 ? AF_INET : AF_INET6;
  UniqueFd fd(socket(domain, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!fd.valid()) return PosixError(Stage::kConnect, errno, "create a socket");
  return fd;
}

Result<void> SetNoDelay(int fd, bool on) {
  return SetOption(fd, IPPROTO_TCP, TCP_NODELAY, int{on}, "set TCP_NODELAY");
}

Result<void> SetKeepalive(int fd, const KeepaliveOptions& options) {
  const int on = options.on;
  if (Result<void> r = SetOption(fd, SOL_SOCKET, SO_KEEPALIVE, on, "set SO_KEEPALIVE"); !r.ok()) {
    return r;
  }
  if (!options.on) return {};
  const struct {
    int name;
    int value;
    const char* what;
  } settings[] = {
      {TCP_KEEPIDLE, CountUp(options.idle, absl::Seconds(1)), "set TCP_KEEPIDLE"},
      {TCP_KEEPINTVL, CountUp(options.interval, absl::Seconds(1)), "set TCP_KEEPINTVL"},
      {TCP_KEEPCNT, options.count, "set TCP_KEEPCNT"},
  };
  for (const auto& setting : settings) {
    Result<void> r = SetOption(fd, IPPROTO_TCP, setting.name, setting.value, setting.what);
    if (!r.ok()) return r;
  }
  return {};
}

Result<void> SetUserTimeout(int fd, absl::Duration timeout) {
  const int millis = CountUp(timeout, absl::Milliseconds(1));
  return SetOption(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, millis, "set TCP_USER_TIMEOUT");
}

Result<void> SetReceiveBuffer(int fd, int bytes) {
  if (bytes == 0) return {};
  return SetOption(fd, SOL_SOCKET, SO_RCVBUF, bytes, "set SO_RCVBUF");
}

Result<void> SetSendBuffer(int fd, int bytes) {
  if (bytes == 0) return {};
  return SetOption(fd, SOL_SOCKET, SO_SNDBUF, bytes, "set SO_SNDBUF");
}

Result<void> BindSource(int fd, const Endpoint& local) {
  const bool any_port = local.port == 0;
  Result<void> set = any_port ? SetOption(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, int{1},
                                          "set IP_BIND_ADDRESS_NO_PORT")
                              : SetOption(fd, SOL_SOCKET, SO_REUSEADDR, int{1}, "set SO_REUSEADDR");
  if (!set.ok()) return set;
  const SocketAddress address = local.ToSockaddr();
  if (bind(fd, address.get(), address.length) == 0) return {};
  return PosixError(Stage::kConnect, errno, "bind to the local address " + local.ToString());
}

Result<void> BindToInterface(int fd, const std::string& name) {
  const auto length = static_cast<socklen_t>(name.size());
  if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name.data(), length) == 0) return {};
  return PosixError(Stage::kConnect, errno, "bind to the interface " + name);
}

Result<bool> StartConnect(int fd, const Endpoint& remote) {
  const SocketAddress address = remote.ToSockaddr();
  if (connect(fd, address.get(), address.length) == 0) return true;
  // An interrupted connect goes on by itself; calling again would only say EALREADY.
  if (errno == EINPROGRESS || errno == EINTR) return false;
  return PosixError(Stage::kConnect, errno, "connect").WithAddress(remote.ToString());
}

int TakeSocketError(int fd) {
  int error = 0;
  socklen_t length = sizeof(error);
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) return errno;
  return error;
}

Result<Endpoint> LocalEndpoint(int fd) { return NameOf(fd, getsockname, "read the local address"); }

Result<Endpoint> PeerEndpoint(int fd) { return NameOf(fd, getpeername, "read the peer's address"); }

IoResult Receive(int fd, absl::Span<char> into) {
  SP_CHECK(!into.empty());
  const ssize_t got =
      Uninterrupted([&] { return recv(fd, into.data(), into.size(), MSG_DONTWAIT); });
  if (got < 0) return Failed(errno);
  if (got == 0) return {IoResult::Outcome::kEnd, 0, 0};
  return {IoResult::Outcome::kOk, static_cast<size_t>(got), 0};
}

IoResult PeekReceive(int fd) {
  char byte;
  const ssize_t got = Uninterrupted([&] { return recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK); });
  if (got < 0) return Failed(errno);
  if (got == 0) return {IoResult::Outcome::kEnd, 0, 0};
  return {IoResult::Outcome::kOk, 0, 0};
}

IoResult SendVector(int fd, absl::Span<const iovec> parts) {
  msghdr message = {};
  message.msg_iov = const_cast<iovec*>(parts.data());  // sendmsg does not write to it.
  message.msg_iovlen = std::min(parts.size(), kMaxParts);
  const ssize_t sent =
      Uninterrupted([&] { return sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT); });
  if (sent < 0) return Failed(errno);
  return {IoResult::Outcome::kOk, static_cast<size_t>(sent), 0};
}

Result<void> ShutdownWrite(int fd) {
  if (shutdown(fd, SHUT_WR) == 0) return {};
  return PosixError(Stage::kStream, errno, "shut down writing");
}

bool IsEstablished(int fd) {
  tcp_info info{};
  socklen_t size = sizeof(info);
  return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
         info.tcpi_state == TCP_ESTABLISHED;
}

void AbortConnection(int fd) {
  const linger reset = {1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
}

}  // namespace streampair
