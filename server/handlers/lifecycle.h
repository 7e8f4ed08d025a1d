#ifndef STREAMPAIR_SERVER_HANDLERS_LIFECYCLE_H_
#define STREAMPAIR_SERVER_HANDLERS_LIFECYCLE_H_

#include <optional>

#include "server/caller.h"
#include "server/failure.h"
#include "server/handlers/service_state.h"
#include "streampair/v1/stream_pair_service.pb.h"

namespace streampair {

std::optional<Failure> GetStreamPair(const ServiceState& state, const Caller& caller,
                                     const v1::GetStreamPairRequest& request,
                                     v1::GetStreamPairResponse& response);

// Closing halves that were never opened does nothing; closing one that the pair does not have is
// kWrongState.
std::optional<Failure> CloseStream(const ServiceState& state, const Caller& caller,
                                   const v1::CloseStreamRequest& request,
                                   v1::CloseStreamResponse& response);

std::optional<Failure> DeleteStreamPair(const ServiceState& state, const Caller& caller,
                                        const v1::DeleteStreamPairRequest& request,
                                        v1::DeleteStreamPairResponse& response);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_HANDLERS_LIFECYCLE_H_
