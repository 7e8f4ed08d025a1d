#include "core/resolve/cares_sockets.h"

#include <ares.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

namespace streampair {
namespace {

ares_socket_t Open(int family, int type, int protocol, void*) {
  const int fd = ::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
  if (fd >= 0 && type == SOCK_STREAM) {
    const int on = 1;  // A query is one small write; failure to hurry it does no harm.
    (void)::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
  return fd;
}

int Close(ares_socket_t fd, void*) { return ::close(fd); }

int Connect(ares_socket_t fd, const sockaddr* address, ares_socklen_t length, void*) {
  return ::connect(fd, address, length);
}

ares_ssize_t Receive(ares_socket_t fd, void* into, size_t size, int flags, sockaddr* from,
                     ares_socklen_t* length, void*) {
  return ::recvfrom(fd, into, size, flags, from, length);
}

ares_ssize_t Send(ares_socket_t fd, const iovec* parts, int count, void*) {
  msghdr message = {};
  message.msg_iov = const_cast<iovec*>(parts);
  message.msg_iovlen = static_cast<size_t>(count);
  const ssize_t sent = ::sendmsg(fd, &message, MSG_NOSIGNAL);
  // A UDP socket says here that an earlier datagram was refused. Had c-ares this as the fate of the
  // present one, the earlier query would never hear of it and wait for its time-out; sent again,
  // the present one is refused as well, and the event of that tells all queries to this server.
  if (sent < 0 && errno == ECONNREFUSED) return ::sendmsg(fd, &message, MSG_NOSIGNAL);
  return sent;
}

}  // namespace

const ares_socket_functions& CaresSocketFunctions() {
  static constexpr ares_socket_functions kFunctions = {Open, Close, Connect, Receive, Send};
  return kFunctions;
}

}  // namespace streampair
