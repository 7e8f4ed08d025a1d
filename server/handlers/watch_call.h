#ifndef STREAMPAIR_SERVER_HANDLERS_WATCH_CALL_H_
#define STREAMPAIR_SERVER_HANDLERS_WATCH_CALL_H_

#include <memory>

#include "server/caller.h"
#include "server/calls/call.h"
#include "server/handlers/service_state.h"
#include "streampair/v1/stream_pair_service.pb.h"

namespace streampair {

// WatchStreamPair: sends a pair's events until it is released. A client that reads slowly costs a
// few events of memory: all kinds but the edge-like ones happen a bounded number of times, and of
// those one is kept at a time.
std::shared_ptr<WriteHandler> StartWatchCall(
    const ServiceState& state, const Caller& caller, const v1::WatchStreamPairRequest& request,
    std::shared_ptr<WriterCall<v1::WatchStreamPairResponse>> call);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_HANDLERS_WATCH_CALL_H_
