// The target of the benchmarks: does what the first byte of a connection says (see work.h).
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "benchmarks/load/work.h"
#include "core/base/unique_fd.h"
#include "core/loop/epoll_loop.h"
#include "core/net/socket.h"

namespace streampair::bench {
namespace {

constexpr size_t kPiece = 256 << 10;
constexpr int kTurn = 8;  // Pieces before another connection has its turn.

std::string& Buffer() {
  static std::string& buffer = *new std::string(kPiece, 'x');
  return buffer;
}

class Connection : public FdHandler, public std::enable_shared_from_this<Connection> {
 public:
  Connection(EventLoop& loop, UniqueFd fd) : loop_(loop), fd_(std::move(fd)) {}
  void Start() {
    (void)SetNoDelay(fd_.get(), true);
    watch_ = loop_.Watch(fd_.get(), shared_from_this());
  }
  void OnEvents(uint32_t) override { Serve(); }

 private:
  void Serve() {
    if (!fd_.valid()) return;
    if (work_ == 0 && !ReadWork()) return;
    const auto work = static_cast<Work>(work_);
    bool again = false;
    if (work == Work::kDown || work == Work::kBoth || work == Work::kStall) again |= Pour();
    if (fd_.valid()) again |= Swallow(work == Work::kPing);
    if (again && fd_.valid()) loop_.Post([self = shared_from_this()] { self->Serve(); });
  }

  bool ReadWork() {
    const IoResult result = Receive(fd_.get(), absl::MakeSpan(&work_, 1));
    if (result.outcome == IoResult::Outcome::kWouldBlock) return false;
    if (!result.ok()) return Close(), false;
    const auto work = static_cast<Work>(work_);
    if (work == Work::kOpen || work == Work::kIdle) Send(1);
    return fd_.valid();
  }

  // True: it has had its turn and there is more to do.
  bool Pour() {
    for (int i = 0; i < kTurn; ++i) {
      if (!Send(kPiece)) return false;
    }
    return true;
  }

  bool Swallow(bool echo) {
    for (int i = 0; i < kTurn; ++i) {
      const IoResult result = Receive(fd_.get(), absl::MakeSpan(Buffer()));
      if (result.outcome == IoResult::Outcome::kWouldBlock) return false;
      if (!result.ok()) return Close(), false;
      if (echo) Send(result.bytes);
    }
    return true;
  }

  // False: not all, or not any more.
  bool Send(size_t size) {
    const iovec piece{Buffer().data(), size};
    const IoResult result = SendVector(fd_.get(), absl::MakeSpan(&piece, 1));
    if (result.outcome == IoResult::Outcome::kError) Close();
    return result.ok() && result.bytes == size;
  }

  void Close() {
    loop_.Unwatch(watch_);
    fd_.Reset();
  }

  EventLoop& loop_;
  UniqueFd fd_;
  EventLoop::WatchId watch_ = 0;
  char work_ = 0;
};

class Listener : public FdHandler {
 public:
  Listener(EventLoop& loop, int fd) : loop_(loop), fd_(fd) {}
  void OnEvents(uint32_t) override {
    for (;;) {
      UniqueFd fd(accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (!fd.valid()) return;
      std::make_shared<Connection>(loop_, std::move(fd))->Start();
    }
  }

 private:
  EventLoop& loop_;
  const int fd_;
};

int Main() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(fd, 65535) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::perror("target");
    return 1;
  }
  auto loop = EpollLoop::Create();
  if (!loop.ok()) return 1;
  (*loop)->Watch(fd, std::make_shared<Listener>(**loop, fd));
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  (*loop)->Run();
  return 0;
}

}  // namespace
}  // namespace streampair::bench

int main() { return streampair::bench::Main(); }
