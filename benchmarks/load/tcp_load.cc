// Plain TCP, and TCP through a SOCKS5 proxy, on one event loop.
#include <arpa/inet.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "benchmarks/load/load.h"
#include "core/addr/endpoint.h"
#include "core/base/unique_fd.h"
#include "core/loop/epoll_loop.h"
#include "core/net/socket.h"

namespace streampair::bench {
namespace {

constexpr int kTurn = 8;

// One connection after the other; the first is the one that counts unless the work is kOpen.
class Connection : public FdHandler, public std::enable_shared_from_this<Connection> {
 public:
  struct Context {
    EventLoop& loop;
    const Endpoint remote;
    const bool socks;
    const Plan& plan;
    Meter& meter;
    std::string buffer;
  };
  Connection(Context& context, Work work) : context_(context), work_(work) {}

  void Connect() {
    auto fd = OpenTcpSocket(context_.remote.address.family());
    if (!fd.ok() || !StartConnect(fd->get(), context_.remote).ok()) return Fail();
    fd_ = *std::move(fd);
    (void)SetNoDelay(fd_.get(), true);
    state_ = State::kConnecting;
    got_ = 0;
    watch_ = context_.loop.Watch(fd_.get(), shared_from_this());
  }

  void OnEvents(uint32_t events) override {
    if (state_ == State::kConnecting && (events & EPOLLOUT) != 0) {
      if (TakeSocketError(fd_.get()) != 0) return Fail();
      if (context_.socks) {
        state_ = State::kGreeting;
        SendText(absl::string_view("\x05\x01\x00", 3));
      } else {
        Begin();
      }
    }
    Serve();
  }

 private:
  enum class State : uint8_t { kConnecting, kGreeting, kRequesting, kWorking, kClosed };

  void Begin() {
    state_ = State::kWorking;
    const char command = static_cast<char>(work_);
    SendText(absl::string_view(&command, 1));
    if (work_ == Work::kPing) SendPing();
  }

  void Serve() {
    bool again = true;
    while (again && fd_.valid()) {
      switch (state_) {
        case State::kConnecting:
        case State::kClosed:
          return;
        case State::kGreeting:
          again = Collect(2);
          if (again) Request();
          break;
        case State::kRequesting:
          again = Collect(10);
          if (again) Begin();
          break;
        case State::kWorking:
          again = false;
          if (work_ == Work::kUp || work_ == Work::kBoth) again |= Pour();
          if (fd_.valid() && work_ != Work::kStall) again |= Swallow();
          if (again && fd_.valid()) {
            context_.loop.Post([self = shared_from_this()] { self->Serve(); });
          }
          return;
      }
    }
  }

  // Collects `size` bytes of a handshake.
  bool Collect(size_t size) {
    while (got_ < size) {
      const IoResult result = Receive(fd_.get(), absl::MakeSpan(handshake_ + got_, size - got_));
      if (result.outcome == IoResult::Outcome::kWouldBlock) return false;
      if (!result.ok()) return Fail(), false;
      got_ += result.bytes;
    }
    got_ = 0;
    if (handshake_[0] != 5 || handshake_[1] != 0) return Fail(), false;
    return true;
  }

  void Request() {
    state_ = State::kRequesting;
    const auto target = Endpoint::Parse(context_.plan.target);
    std::string request("\x05\x01\x00\x01", 4);
    in_addr address;
    inet_pton(AF_INET, target->address.ToString().c_str(), &address);
    request.append(reinterpret_cast<const char*>(&address), 4);
    request.push_back(static_cast<char>(target->port >> 8));
    request.push_back(static_cast<char>(target->port & 0xff));
    SendText(request);
  }

  bool Pour() {
    const iovec piece{context_.buffer.data(), context_.plan.message};
    for (int i = 0; i < kTurn; ++i) {
      const IoResult result = SendVector(fd_.get(), absl::MakeSpan(&piece, 1));
      if (result.outcome == IoResult::Outcome::kWouldBlock) return false;
      if (!result.ok()) return Fail(), false;
      context_.meter.AddUp(result.bytes);
    }
    return true;
  }

  bool Swallow() {
    for (int i = 0; i < kTurn; ++i) {
      const IoResult result = Receive(fd_.get(), absl::MakeSpan(context_.buffer));
      if (result.outcome == IoResult::Outcome::kWouldBlock) return false;
      if (result.outcome == IoResult::Outcome::kEnd && work_ == Work::kOpen && answered_) {
        return Next(), false;
      }
      if (!result.ok()) return Fail(), false;
      switch (work_) {
        case Work::kPing:
          TakePong(result.bytes);
          break;
        case Work::kOpen:
          answered_ = true;
          (void)ShutdownWrite(fd_.get());
          break;
        case Work::kIdle:
          context_.meter.AddOpened();
          break;
        default:
          context_.meter.AddDown(result.bytes);
      }
    }
    return true;
  }

  void SendPing() {
    got_ = 0;
    sent_ = absl::Now();
    SendText(absl::string_view(context_.buffer).substr(0, context_.plan.message));
  }

  void TakePong(size_t bytes) {
    got_ += bytes;
    if (got_ < context_.plan.message) return;
    context_.meter.AddRoundTrip(absl::Now() - sent_);
    SendPing();
  }

  void Next() {
    context_.meter.AddOpened();
    answered_ = false;
    Close();
    Connect();
  }

  void SendText(absl::string_view text) {
    const iovec piece{const_cast<char*>(text.data()), text.size()};
    if (!SendVector(fd_.get(), absl::MakeSpan(&piece, 1)).ok()) Fail();
  }

  void Close() {
    context_.loop.Unwatch(watch_);
    fd_.Reset();
    state_ = State::kClosed;
  }
  void Fail() {
    context_.meter.AddFailure();
    Close();
  }

  Context& context_;
  const Work work_;
  State state_ = State::kClosed;
  UniqueFd fd_;
  EventLoop::WatchId watch_ = 0;
  char handshake_[16];
  size_t got_ = 0;
  bool answered_ = false;
  absl::Time sent_;
};

class TcpLoad : public Load {
 public:
  TcpLoad(std::string address, bool socks) : address_(std::move(address)), socks_(socks) {}

  void Start(const Plan& plan, Meter& meter) override {
    auto loop = EpollLoop::Create();
    const auto remote = Endpoint::Parse(address_);
    if (!loop.ok() || !remote.ok()) {
      std::fprintf(stderr, "load: %s is not IP:PORT\n", address_.c_str());
      std::exit(2);
    }
    loop_ = *std::move(loop);
    context_ = std::make_unique<Connection::Context>(
        Connection::Context{*loop_, *remote, socks_, plan, meter,
                            std::string(std::max<size_t>(plan.message, 256 << 10), 'x')});
    loop_->Post([this, &plan] {
      for (int i = 0; i < plan.stalled; ++i) {
        std::make_shared<Connection>(*context_, Work::kStall)->Connect();
      }
      for (int i = 0; i < plan.connections; ++i) {
        std::make_shared<Connection>(*context_, plan.work)->Connect();
      }
    });
    std::thread([this] { loop_->Run(); }).detach();
  }

 private:
  const std::string address_;
  const bool socks_;
  std::unique_ptr<EpollLoop> loop_;
  std::unique_ptr<Connection::Context> context_;
};

}  // namespace

std::unique_ptr<Load> MakeTcpLoad(const std::string& address) {
  return std::make_unique<TcpLoad>(address, /*socks=*/false);
}

std::unique_ptr<Load> MakeSocksLoad(const std::string& proxy) {
  return std::make_unique<TcpLoad>(proxy, /*socks=*/true);
}

}  // namespace streampair::bench
