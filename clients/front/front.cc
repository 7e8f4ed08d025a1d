#include "clients/front/front.h"

#include <errno.h>
#include <sys/socket.h>

#include <utility>

#include "absl/time/time.h"

namespace streampair::front {
namespace {

// Until accept is tried again when the system has no descriptor left.
constexpr absl::Duration kRetry = absl::Milliseconds(100);

}  // namespace

// A listener's events.
class Front::Door final : public Poller::Handler {
 public:
  Door(Front& front, int socket) : front_(front), socket_(socket) {
    watch_ = front_.poller_->Watch(socket_, this);
  }
  ~Door() override { front_.poller_->Unwatch(watch_, socket_); }

 private:
  void OnEvents(uint32_t) override { front_.Accept(socket_); }

  Front& front_;
  const int socket_;
  uint64_t watch_;
};

Front::Front(client::Client& client, std::vector<Listener> listeners, FrontOptions options)
    : options_(std::move(options)),
      pool_(client, options_.carriers, options_.pair.carrier),
      listeners_(std::move(listeners)) {
  for (const Listener& each : listeners_) {
    doors_.push_back(std::make_unique<Door>(*this, each.socket()));
  }
}

Front::~Front() = default;

void Front::Run() {
  poller_->Run();
  connections_.clear();
}

void Front::Accept(int listener) {
  while (connections_.size() < options_.connections) {
    const int socket = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      if (errno != EAGAIN && !std::exchange(retry_set_, true)) {
        poller_->After(kRetry, [this] {
          retry_set_ = false;
          AcceptAll();
        });
      }
      return;
    }
    Connection::Host& host = *this;
    auto connection = std::make_shared<Connection>(poller_, host, socket, options_.target);
    connections_.emplace(connection.get(), connection);
    connection->Start();
  }
}

void Front::AcceptAll() {
  for (const Listener& each : listeners_) Accept(each.socket());
}

client::Stream Front::Open(const Target& target) {
  return pool_.Open(client::HostPairSpec(target.host, target.port, options_.pair),
                    options_.pair.stream);
}

void Front::OnFailed(const Target& target, const client::StreamError& error, bool opened) {
  if (options_.on_failed) options_.on_failed(target, error, opened);
}

void Front::OnOver(Connection& connection) {
  const bool was_full = connections_.size() >= options_.connections;
  connections_.erase(&connection);
  // Not here: the connection is still in a call of its own, and so may be Accept.
  if (was_full) poller_->Post([this] { AcceptAll(); });
}

}  // namespace streampair::front
