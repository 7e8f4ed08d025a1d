#ifndef STREAMPAIR_SERVER_STREAM_PAIR_SERVICE_H_
#define STREAMPAIR_SERVER_STREAM_PAIR_SERVICE_H_

#include "server/calls/call_queues.h"
#include "server/handlers/service_state.h"
#include "server/service_base.h"

namespace streampair {

// What each RPC but Transfer leads to: who calls, the handler, the status. Nothing is decided here.
class StreamPairService final : public ServiceBase {
 public:
  explicit StreamPairService(const ServiceState& state) : state_(state) {}

  // Waits for RPCs on all queues, Transfer excepted. Requires: the server has been built. This must
  // live until the queues are shut down.
  void Serve(CallQueues& queues);

 private:
  void ServePairs(CallQueues& queues);
  void ServeProperties(CallQueues& queues);
  void ServeLasting(CallQueues& queues);

  const ServiceState state_;
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_STREAM_PAIR_SERVICE_H_
