#ifndef STREAMPAIR_SERVER_HANDLERS_OPEN_CALL_H_
#define STREAMPAIR_SERVER_HANDLERS_OPEN_CALL_H_

#include <memory>

#include "server/caller.h"
#include "server/calls/call.h"
#include "server/handlers/service_state.h"
#include "streampair/v1/stream_pair_service.pb.h"

namespace streampair {

// OpenStream: opens halves and answers when the pair is connected or ready, or has failed. A call
// that ends before, by its deadline or its caller, leaves the pair as it is, opening.
std::shared_ptr<CallHandler> StartOpenCall(const ServiceState& state, const Caller& caller,
                                           const v1::OpenStreamRequest& request,
                                           std::shared_ptr<UnaryCall<v1::OpenStreamResponse>> call);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_HANDLERS_OPEN_CALL_H_
