#ifndef STREAMPAIR_SERVER_HANDLERS_WRITE_CALL_H_
#define STREAMPAIR_SERVER_HANDLERS_WRITE_CALL_H_

#include <memory>

#include "server/caller.h"
#include "server/calls/call.h"
#include "server/handlers/service_state.h"
#include "streampair/v1/stream_pair_service.pb.h"

namespace streampair {

// Write: attaches to the write half, opening it if need be, and writes message after message to the
// target; the next one is taken only when the last is written, so that at most one is held. Answers
// when the client has half-closed and all is written.
std::shared_ptr<ReadHandler> StartWriteCall(
    const ServiceState& state, const Caller& caller,
    std::shared_ptr<ReaderCall<v1::WriteRequest, v1::WriteResponse>> call);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_HANDLERS_WRITE_CALL_H_
