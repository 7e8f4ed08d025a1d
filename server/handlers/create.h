#ifndef STREAMPAIR_SERVER_HANDLERS_CREATE_H_
#define STREAMPAIR_SERVER_HANDLERS_CREATE_H_

#include <memory>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/pair/stream_pair.h"
#include "server/caller.h"
#include "server/failure.h"
#include "server/handlers/service_state.h"
#include "streampair/v1/stream_pair_service.pb.h"

namespace streampair {

// CreateStreamPair.
std::optional<Failure> CreateStreamPair(const ServiceState& state, const Caller& caller,
                                        const v1::CreateStreamPairRequest& request,
                                        v1::CreateStreamPairResponse& response);

// A new pair that is logged from the start; for every way of making one.
Result<std::shared_ptr<StreamPair>> MakePair(const ServiceState& state, const Caller& caller,
                                             PairSpec spec, const std::string& request_id = "");

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_HANDLERS_CREATE_H_
