#ifndef STREAMPAIR_SERVER_HANDLERS_LIST_H_
#define STREAMPAIR_SERVER_HANDLERS_LIST_H_

#include <optional>

#include "server/caller.h"
#include "server/failure.h"
#include "server/handlers/service_state.h"
#include "streampair/v1/stream_pair_service.pb.h"

namespace streampair {

// ListStreamPairs. A page is cut short before it grows beyond what clients take in one message.
std::optional<Failure> ListStreamPairs(const ServiceState& state, const Caller& caller,
                                       const v1::ListStreamPairsRequest& request,
                                       v1::ListStreamPairsResponse& response);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_HANDLERS_LIST_H_
