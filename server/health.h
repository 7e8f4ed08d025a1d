#ifndef STREAMPAIR_SERVER_HEALTH_H_
#define STREAMPAIR_SERVER_HEALTH_H_

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "server/calls/call.h"
#include "server/calls/call_queues.h"

namespace streampair {

// grpc.health.v1.Health, on our own queues: gRPC's own one would bring callback threads (see
// service_base.h). All services are well or none is. Thread-safe.
class Health final : public grpc::health::v1::Health::AsyncService {
 public:
  // Knows `services` and "", the server as a whole; all serve.
  explicit Health(const std::vector<std::string>& services);

  // Waits for RPCs on all queues. Requires: the server has been built. This must live until the
  // queues are shut down.
  void Serve(CallQueues& queues);

  // Tells everybody who watches.
  void SetServing(bool serving);

 private:
  class Watcher;

  bool Knows(const std::string& service) const { return services_.count(service) > 0; }
  std::shared_ptr<WriteHandler> StartWatch(
      const std::string& service,
      std::shared_ptr<WriterCall<grpc::health::v1::HealthCheckResponse>> call);
  void Remove(Watcher* watcher);

  const std::set<std::string> services_;
  absl::Mutex mu_;
  bool serving_ ABSL_GUARDED_BY(mu_) = true;
  absl::flat_hash_set<Watcher*> watchers_ ABSL_GUARDED_BY(mu_);  // Each until its OnDone.
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_HEALTH_H_
