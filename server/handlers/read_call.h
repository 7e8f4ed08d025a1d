#ifndef STREAMPAIR_SERVER_HANDLERS_READ_CALL_H_
#define STREAMPAIR_SERVER_HANDLERS_READ_CALL_H_

#include <memory>

#include "server/caller.h"
#include "server/calls/call.h"
#include "server/handlers/service_state.h"
#include "streampair/v1/stream_pair_service.pb.h"

namespace streampair {

// Read: attaches to the read half, opening it if need be, and sends what comes from the target, one
// message at a time. Ends with OK at the end of the stream, else with the pair's error. When the
// caller goes before, the half is detached; the message that was under way is lost.
std::shared_ptr<WriteHandler> StartReadCall(const ServiceState& state, const Caller& caller,
                                            const v1::ReadRequest& request,
                                            std::shared_ptr<WriterCall<v1::ReadResponse>> call);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_HANDLERS_READ_CALL_H_
