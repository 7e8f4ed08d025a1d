#ifndef STREAMPAIR_SERVER_HANDLERS_OPEN_CALL_H_
#define STREAMPAIR_SERVER_HANDLERS_OPEN_CALL_H_

#include "grpcpp/support/server_callback.h"
#include "server/caller.h"
#include "server/handlers/service_state.h"
#include "streampair/v1/stream_pair_service.pb.h"

namespace streampair {

// OpenStream: opens halves and answers when the pair is connected or ready, or has failed. A call
// that ends before, by its deadline or its caller, leaves the pair as it is, opening. The messages
// belong to the call.
grpc::ServerUnaryReactor* StartOpenCall(const ServiceState& state, const Caller& caller,
                                        const v1::OpenStreamRequest& request,
                                        v1::OpenStreamResponse& response);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_HANDLERS_OPEN_CALL_H_
