#ifndef STREAMPAIR_SERVER_HANDLERS_WRITE_CALL_H_
#define STREAMPAIR_SERVER_HANDLERS_WRITE_CALL_H_

#include "grpcpp/support/server_callback.h"
#include "server/caller.h"
#include "server/handlers/service_state.h"
#include "streampair/v1/stream_pair_service.pb.h"

namespace streampair {

// Write: attaches to the write half, opening it if need be, and writes message after message to the
// target; the next one is taken only when the last is written, so that at most one is held. Answers
// when the client has half-closed and all is written. `response` belongs to the call.
grpc::ServerReadReactor<v1::WriteRequest>* StartWriteCall(const ServiceState& state,
                                                          const Caller& caller,
                                                          v1::WriteResponse& response);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_HANDLERS_WRITE_CALL_H_
