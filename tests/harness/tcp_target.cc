#include "tests/harness/tcp_target.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"
#include "tests/harness/pattern.h"
#include "tests/harness/wait.h"

namespace streampair::testing {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

UniqueFd TcpSocket(int flags = 0, int family = AF_INET) {
  UniqueFd fd(socket(family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
  SP_CHECK(fd.valid());
  return fd;
}

int BindLoopback(int fd) {
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  SP_CHECK(bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
  SP_CHECK(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return ntohs(address.sin_port);
}

int BindLoopback6(int fd) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  socklen_t size = sizeof(address);
  SP_CHECK(bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
  SP_CHECK(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return ntohs(address.sin6_port);
}

void SetOption(int fd, int level, int name, int value) {
  SP_CHECK(setsockopt(fd, level, name, &value, sizeof(value)) == 0);
}

std::string LoopbackText(int port) { return absl::StrCat("127.0.0.1:", port); }

}  // namespace

bool TargetConnection::WaitFor(short events) {
  pollfd polled[2] = {{socket_.get(), events, 0}, {stop_, POLLIN, 0}};
  while (poll(polled, 2, -1) < 0) SP_CHECK(errno == EINTR);
  return polled[1].revents == 0;
}

std::string TargetConnection::ReadSome(size_t limit) {
  std::string buffer(limit, '\0');
  while (socket_.valid()) {
    const ssize_t got = recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got > 0) {
      buffer.resize(static_cast<size_t>(got));
      return buffer;
    }
    if (got == 0) {
      end_ = TargetEnd::kFin;
      break;
    }
    if (errno == EAGAIN || errno == EINTR) {
      if (WaitFor(POLLIN)) continue;
      break;
    }
    end_ = TargetEnd::kReset;
    break;
  }
  return "";
}

std::string TargetConnection::ReadExactly(size_t size) {
  std::string all;
  while (all.size() < size) {
    const std::string some = ReadSome(size - all.size());
    if (some.empty()) break;
    all += some;
  }
  return all;
}

std::string TargetConnection::ReadToEnd() {
  std::string all;
  for (std::string some = ReadSome(); !some.empty(); some = ReadSome()) all += some;
  return all;
}

bool TargetConnection::Write(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put =
        send(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (put >= 0) {
      bytes.remove_prefix(static_cast<size_t>(put));
    } else if (errno == EAGAIN || errno == EINTR) {
      if (!WaitFor(POLLOUT)) return false;
    } else {
      end_ = TargetEnd::kReset;
      return false;
    }
  }
  return true;
}

void TargetConnection::Finish() { shutdown(socket_.get(), SHUT_WR); }

void TargetConnection::Reset() {
  const linger now{1, 0};
  setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  socket_.Reset();
}

void TargetConnection::Hold() {
  // No event is asked for: only a hang-up or an error comes.
  if (WaitFor(0)) end_ = TargetEnd::kReset;
}

TcpTarget::TcpTarget(Handler handler, TargetOptions options)
    : handler_(std::move(handler)),
      ipv6_(options.ipv6),
      listener_(TcpSocket(SOCK_NONBLOCK, options.ipv6 ? AF_INET6 : AF_INET)),
      stop_(eventfd(0, EFD_CLOEXEC)) {
  // Connections inherit the buffers, and so have them before their first byte.
  if (options.receive_buffer > 0) {
    SetOption(listener_.get(), SOL_SOCKET, SO_RCVBUF, options.receive_buffer);
  }
  if (options.send_buffer > 0) {
    SetOption(listener_.get(), SOL_SOCKET, SO_SNDBUF, options.send_buffer);
  }
  port_ = ipv6_ ? BindLoopback6(listener_.get()) : BindLoopback(listener_.get());
  SP_CHECK(listen(listener_.get(), options.backlog) == 0);
  acceptor_ = std::thread([this] { Accept(); });
}

TcpTarget::~TcpTarget() {
  const uint64_t one = 1;
  SP_CHECK(write(stop_.get(), &one, sizeof(one)) == sizeof(one));
  acceptor_.join();
  absl::MutexLock lock(&mu_);
  for (Worker& worker : workers_) worker.thread.join();
}

std::string TcpTarget::address() const {
  return ipv6_ ? absl::StrCat("[::1]:", port_) : LoopbackText(port_);
}

void TcpTarget::Accept() {
  while (true) {
    pollfd polled[2] = {{listener_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
    while (poll(polled, 2, -1) < 0) SP_CHECK(errno == EINTR);
    if (polled[1].revents != 0) return;
    UniqueFd socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket.valid()) continue;  // It was reset before it was accepted.
    SetOption(socket.get(), IPPROTO_TCP, TCP_NODELAY, 1);
    ++accepted_;
    ++open_;
    absl::MutexLock lock(&mu_);
    ReapLocked();
    Worker& worker = workers_.emplace_back();
    worker.thread = std::thread([this, &worker, fd = socket.Take()] {
      {
        TargetConnection connection(UniqueFd(fd), stop_.get());
        handler_(connection);
      }
      --open_;
      worker.done = true;
    });
  }
}

void TcpTarget::ReapLocked() {
  for (auto worker = workers_.begin(); worker != workers_.end();) {
    if (worker->done) {
      worker->thread.join();
      worker = workers_.erase(worker);
    } else {
      ++worker;
    }
  }
}

void Echo(TargetConnection& connection) {
  for (std::string some = connection.ReadSome(); !some.empty(); some = connection.ReadSome()) {
    if (!connection.Write(some)) return;
  }
  if (connection.end() == TargetEnd::kFin) connection.Finish();
}

void NeverRead(TargetConnection& connection) { connection.Hold(); }

void FinishAtOnce(TargetConnection& connection) {
  connection.Finish();
  connection.ReadToEnd();
}

TcpTarget::Handler Say(std::string text) {
  return [text = std::move(text)](TargetConnection& connection) {
    if (!connection.Write(text)) return;
    connection.Finish();
    connection.ReadToEnd();
  };
}

TcpTarget::Handler Pour(uint64_t bytes) {
  return [bytes](TargetConnection& connection) {
    for (uint64_t sent = 0; sent < bytes;) {
      const absl::string_view piece = Pattern(sent, bytes - sent);
      if (!connection.Write(piece)) return;
      sent += piece.size();
    }
    connection.Finish();
    connection.ReadToEnd();
  };
}

ClosedPort::ClosedPort() : socket_(TcpSocket()), port_(BindLoopback(socket_.get())) {}

std::string ClosedPort::address() const { return LoopbackText(port_); }

FullBacklog::FullBacklog() : listener_(TcpSocket()), port_(BindLoopback(listener_.get())) {
  SP_CHECK(listen(listener_.get(), 0) == 0);
  filler_ = TcpSocket();
  sockaddr_in address = Loopback(port_);
  SP_CHECK(connect(filler_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  // Of a listener, the kernel tells how many wait (unacked) and how many may (sacked); it is full
  // beyond that.
  SP_CHECK(WaitUntil([this] {
    tcp_info info{};
    socklen_t size = sizeof(info);
    SP_CHECK(getsockopt(listener_.get(), IPPROTO_TCP, TCP_INFO, &info, &size) == 0);
    return info.tcpi_unacked > info.tcpi_sacked;
  }));
}

std::string FullBacklog::address() const { return LoopbackText(port_); }

}  // namespace streampair::testing
