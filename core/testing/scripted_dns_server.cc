#include "core/testing/scripted_dns_server.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <optional>
#include <utility>

#include "core/addr/ip_address.h"
#include "core/base/check.h"
#include "core/base/result.h"
#include "core/base/unique_fd.h"
#include "core/net/socket.h"

namespace streampair {
namespace {

// A descriptor and its watch, which end together. Handles what is readable, as long as it is.
class Readable : public FdHandler, public std::enable_shared_from_this<Readable> {
 public:
  Readable(EventLoop& loop, UniqueFd fd) : loop_(loop), fd_(std::move(fd)) {}
  void Begin() { watch_ = loop_.Watch(fd_.get(), EPOLLIN, shared_from_this()); }
  void End() {
    loop_.Unwatch(std::exchange(watch_, 0));
    fd_.Reset();
  }
  int fd() const { return fd_.get(); }

 private:
  EventLoop& loop_;
  UniqueFd fd_;
  EventLoop::WatchId watch_ = 0;
};

UniqueFd Bound(int type, const Endpoint& endpoint) {
  UniqueFd fd(::socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  SP_CHECK(fd.valid());
  const SocketAddress address = endpoint.ToSockaddr();
  if (::bind(fd.get(), address.get(), address.length) != 0) return UniqueFd();
  return fd;
}

}  // namespace

class ScriptedDnsServer::UdpSocket : public Readable {
 public:
  UdpSocket(ScriptedDnsServer& server, UniqueFd fd)
      : Readable(server.loop_, std::move(fd)), server_(server) {}

  void OnEvents(uint32_t) override {
    char query[512];
    sockaddr_storage from;
    socklen_t length = sizeof(from);
    const ssize_t size =
        ::recvfrom(fd(), query, sizeof(query), 0, reinterpret_cast<sockaddr*>(&from), &length);
    if (size <= 0) return;
    const std::string response = server_.Answer({query, static_cast<size_t>(size)}, false);
    if (response.empty()) return;
    (void)::sendto(fd(), response.data(), response.size(), 0, reinterpret_cast<sockaddr*>(&from),
                   length);
  }

 private:
  ScriptedDnsServer& server_;  // Ends the watch before it goes.
};

class ScriptedDnsServer::TcpConnection : public Readable {
 public:
  TcpConnection(ScriptedDnsServer& server, UniqueFd fd)
      : Readable(server.loop_, std::move(fd)), server_(server) {}

  void OnEvents(uint32_t) override {
    char bytes[512];
    const ssize_t size = ::recv(fd(), bytes, sizeof(bytes), 0);
    if (size <= 0) return End();
    received_.append(bytes, static_cast<size_t>(size));
    while (received_.size() >= 2) {
      const size_t length =
          static_cast<uint8_t>(received_[0]) << 8 | static_cast<uint8_t>(received_[1]);
      if (received_.size() < 2 + length) return;
      Reply(server_.Answer(absl::string_view(received_).substr(2, length), true));
      received_.erase(0, 2 + length);
    }
  }

 private:
  void Reply(const std::string& response) {
    if (response.empty()) return;
    const std::string message =
        std::string{static_cast<char>(response.size() >> 8), static_cast<char>(response.size())} +
        response;
    // In pieces, so that whoever reads must put them together.
    const size_t half = message.size() / 2;
    (void)::send(fd(), message.data(), half, MSG_NOSIGNAL);
    (void)::send(fd(), message.data() + half, message.size() - half, MSG_NOSIGNAL);
  }

  ScriptedDnsServer& server_;
  std::string received_;
};

class ScriptedDnsServer::TcpListener : public Readable {
 public:
  TcpListener(ScriptedDnsServer& server, UniqueFd fd)
      : Readable(server.loop_, std::move(fd)), server_(server) {}

  void OnEvents(uint32_t) override {
    UniqueFd fd(::accept4(this->fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd.valid()) return;
    server_.connections_.push_back(std::make_shared<TcpConnection>(server_, std::move(fd)));
    server_.connections_.back()->Begin();
  }

 private:
  ScriptedDnsServer& server_;
};

ScriptedDnsServer::ScriptedDnsServer(EventLoop& loop, Script script)
    : loop_(loop), script_(std::move(script)) {
  const IpAddress loopback = IpAddress::V4({127, 0, 0, 1});
  UniqueFd tcp;
  UniqueFd udp;
  // The port that TCP gets may be taken for UDP.
  for (int tries = 0; tries < 100 && !udp.valid(); ++tries) {
    tcp = Bound(SOCK_STREAM, Endpoint{loopback, 0});
    endpoint_ = LocalEndpoint(tcp.get()).value();
    udp = Bound(SOCK_DGRAM, endpoint_);
  }
  SP_CHECK(udp.valid());
  SP_CHECK(::listen(tcp.get(), 64) == 0);
  const int buffer = 1 << 20;  // For bursts of thousands of questions; the kernel may grant less.
  (void)::setsockopt(udp.get(), SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
  udp_ = std::make_shared<UdpSocket>(*this, std::move(udp));
  udp_->Begin();
  listener_ = std::make_shared<TcpListener>(*this, std::move(tcp));
  listener_->Begin();
}

ScriptedDnsServer::~ScriptedDnsServer() {
  udp_->End();
  listener_->End();
  for (const auto& connection : connections_) connection->End();
}

std::string ScriptedDnsServer::Answer(absl::string_view query, bool over_tcp) {
  std::optional<DnsQuestion> question = ParseDnsQuery(query);
  if (!question.has_value()) return {};
  question->over_tcp = over_tcp;
  questions_.push_back(*question);
  const DnsReply reply = script_(*question);
  return reply.silent ? std::string() : MakeDnsResponse(query, reply);
}

ScriptedDnsServer::Script AnswerByName(
    std::vector<std::pair<std::string, std::vector<std::string>>> names) {
  return [names = std::move(names)](const DnsQuestion& question) {
    for (const auto& [name, addresses] : names) {
      if (name != question.name) continue;
      DnsReply reply;
      for (const std::string& text : addresses) {
        const bool v4 = IpAddress::Parse(text).value().is_v4();
        if (v4 == (question.type == DnsType::kA)) {
          reply.answers.push_back(DnsRecord{name, question.type, text});
        }
      }
      return reply;
    }
    return DnsReply{kNxDomain, false, {}, false, std::nullopt};
  };
}

}  // namespace streampair
