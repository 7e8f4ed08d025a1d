#ifndef STREAMPAIR_SERVER_HANDLERS_FIND_PAIR_H_
#define STREAMPAIR_SERVER_HANDLERS_FIND_PAIR_H_

#include <memory>
#include <optional>
#include <string>

#include "core/pair/stream_pair.h"
#include "server/caller.h"
#include "server/failure.h"
#include "server/handlers/service_state.h"

namespace streampair {

// The caller's pair that a request's `name` field names.
std::optional<Failure> FindPair(const ServiceState& state, const Caller& caller,
                                const std::string& name, std::shared_ptr<StreamPair>& pair);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_HANDLERS_FIND_PAIR_H_
