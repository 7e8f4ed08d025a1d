#ifndef STREAMPAIR_CLIENTS_FRONT_FRONT_H_
#define STREAMPAIR_CLIENTS_FRONT_FRONT_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "clients/cpp/carrier_pool.h"
#include "clients/cpp/client.h"
#include "clients/cpp/pair_spec.h"
#include "clients/front/connection.h"
#include "clients/front/listener.h"
#include "clients/front/poller.h"

namespace streampair::front {

struct FrontOptions {
  // Where every connection leads; nothing: it says so itself, as to a proxy.
  std::optional<Target> target = {};
  // Of every pair.
  client::PairOptions pair = {};
  // RPCs that carry them all. More than one, so that the server can use more than one thread.
  size_t carriers = 4;
  // At once; more wait in the kernel's queue.
  size_t connections = 16384;
  // Of every pair that fails. On the thread of Run.
  std::function<void(const Target&, const client::StreamError&, bool opened)> on_failed = {};
};

// Listens on this machine for programs that know nothing of Streampair, and carries their
// connections through a server: as a SOCKS and HTTP proxy, or each to the same target. One thread,
// whatever the number of connections.
class Front final : private Connection::Host {
 public:
  // `client` must outlive this.
  Front(client::Client& client, std::vector<Listener> listeners, FrontOptions options);
  ~Front() override;

  // Until Stop, which any thread may call; what is open then is reset.
  void Run();
  void Stop() { poller_->Stop(); }

 private:
  class Door;
  // Connection::Host.
  client::Stream Open(const Target& target) override;
  void OnFailed(const Target& target, const client::StreamError& error, bool opened) override;
  void OnOver(Connection& connection) override;

  void Accept(int listener);
  void AcceptAll();

  const FrontOptions options_;
  client::CarrierPool pool_;
  const std::shared_ptr<Poller> poller_ = std::make_shared<Poller>();
  const std::vector<Listener> listeners_;
  std::vector<std::unique_ptr<Door>> doors_;
  absl::flat_hash_map<Connection*, std::shared_ptr<Connection>> connections_;
  bool retry_set_ = false;
};

}  // namespace streampair::front

#endif  // STREAMPAIR_CLIENTS_FRONT_FRONT_H_
