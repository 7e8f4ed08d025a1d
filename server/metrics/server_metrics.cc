#include "server/metrics/server_metrics.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <exception>
#include <future>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/addr/endpoint.h"
#include "core/base/streampair_errors.h"
#include "core/base/unique_fd.h"
#include "prometheus/exposer.h"
#include "server/metrics/sampled_metrics.h"

namespace streampair {
namespace {

// civetweb's words. Two threads, so that one slow client does not keep Prometheus out, and no
// client is waited for long.
std::vector<std::string> ListenerOptions(const std::string& address) {
  return {"listening_ports", address, "num_threads", "2", "request_timeout_ms", "5000"};
}

void ConnectAndLeave(const Endpoint& endpoint) {
  const SocketAddress address = endpoint.ToSockaddr();
  const UniqueFd fd(
      socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  // Whether it succeeds does not matter: it is tried again until the listener is gone.
  (void)connect(fd.get(), address.get(), address.length);
}

}  // namespace

class ServerMetrics::Listener {
 public:
  explicit Listener(const std::string& address)
      : exposer_(std::make_unique<prometheus::Exposer>(ListenerOptions(address))) {}

  // civetweb looks every two seconds whether it shall stop, and whenever somebody connects.
  ~Listener() {
    const std::future<void> stopped =
        std::async(std::launch::async, [this] { exposer_ = nullptr; });
    while (stopped.wait_for(std::chrono::milliseconds(10)) == std::future_status::timeout) {
      ConnectAndLeave(endpoint_);
    }
  }

  prometheus::Exposer& exposer() { return *exposer_; }
  void set_endpoint(const Endpoint& endpoint) { endpoint_ = endpoint; }

 private:
  std::unique_ptr<prometheus::Exposer> exposer_;
  Endpoint endpoint_;
};

ServerMetrics::ServerMetrics(const Clock& clock, const std::string& version)
    : registry_(std::make_shared<prometheus::Registry>()),
      pairs_(*registry_, clock),
      policy_(*registry_),
      quotas_(*registry_),
      drain_state_(prometheus::BuildGauge()
                       .Name("streampair_drain_state")
                       .Help("0: the server takes new pairs; 1: it is going down.")
                       .Register(*registry_)
                       .Add({})),
      sampled_(std::make_shared<SampledMetrics>(census_)) {
  prometheus::BuildGauge()
      .Name("streampair_build_info")
      .Help("Always 1; the version is a label.")
      .Register(*registry_)
      .Add({{"version", version}})
      .Set(1);
}

ServerMetrics::~ServerMetrics() = default;

Result<Endpoint> ServerMetrics::Serve(const Endpoint& endpoint) {
  const std::string address = endpoint.ToString();
  try {
    listener_ = std::make_unique<Listener>(address);
  } catch (const std::exception& failure) {
    return InvalidRequest(
        absl::StrCat("--metrics: cannot listen on ", address, ": ", failure.what()));
  }
  prometheus::Exposer& exposer = listener_->exposer();
  const std::vector<int> ports = exposer.GetListeningPorts();
  if (ports.size() != 1) return InternalFault("the metrics have another number of ports than one");
  exposer.RegisterCollectable(registry_);
  exposer.RegisterCollectable(sampled_);
  const Endpoint bound{endpoint.address, static_cast<uint16_t>(ports[0])};
  listener_->set_endpoint(bound);
  return bound;
}

void ServerMetrics::StopServing() { listener_ = nullptr; }

}  // namespace streampair
