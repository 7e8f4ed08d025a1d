#ifndef STREAMPAIR_SERVER_METRICS_SERVER_METRICS_H_
#define STREAMPAIR_SERVER_METRICS_SERVER_METRICS_H_

#include <memory>
#include <string>

#include "core/addr/endpoint.h"
#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/pair/pair_census.h"
#include "server/metrics/pair_metrics.h"
#include "server/metrics/policy_metrics.h"
#include "server/metrics/quota_metrics.h"

namespace streampair {

// All that a server counts (docs/metrics.md), and the listener where Prometheus fetches it.
// Thread-safe but for Serve and StopServing.
class ServerMetrics {
 public:
  // `clock` must outlive this. `version` is the server's.
  ServerMetrics(const Clock& clock, const std::string& version);
  ~ServerMetrics();

  // Answers http://ENDPOINT/metrics on threads of its own. Returns the endpoint with the real port.
  // kInvalidRequest if it cannot listen there.
  Result<Endpoint> Serve(const Endpoint& endpoint);
  void StopServing();  // Waits for answers that are under way.

  PairMetrics& pairs() { return pairs_; }
  PolicyMetrics& policy() { return policy_; }
  QuotaMetrics& quotas() { return quotas_; }
  PairCensus& census() { return census_; }

  void SetDraining() { drain_state_.Set(1); }

 private:
  class Listener;

  const std::shared_ptr<prometheus::Registry> registry_;
  PairCensus census_;
  PairMetrics pairs_;
  PolicyMetrics policy_;
  QuotaMetrics quotas_;
  prometheus::Gauge& drain_state_;
  const std::shared_ptr<prometheus::Collectable> sampled_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_METRICS_SERVER_METRICS_H_
