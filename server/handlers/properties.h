#ifndef STREAMPAIR_SERVER_HANDLERS_PROPERTIES_H_
#define STREAMPAIR_SERVER_HANDLERS_PROPERTIES_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "core/pair/stream_pair.h"
#include "server/caller.h"
#include "server/failure.h"
#include "server/handlers/service_state.h"
#include "streampair/v1/stream_pair_service.pb.h"

namespace streampair {

std::optional<Failure> SetProperty(const ServiceState& state, const Caller& caller,
                                   const v1::SetPropertyRequest& request,
                                   v1::SetPropertyResponse& response);

// Sets a property of `pair`; `field` is the path of the Property in its message, `read_offset` as
// in StreamPair::SetTls. A refused set changes nothing.
std::optional<Failure> SetPropertyOf(const ServiceState& state, StreamPair& pair,
                                     const v1::Property& property, absl::string_view field,
                                     std::optional<uint64_t> read_offset);

std::optional<Failure> GetProperty(const ServiceState& state, const Caller& caller,
                                   const v1::GetPropertyRequest& request,
                                   v1::GetPropertyResponse& response);

// Comes with TLS; until then UNIMPLEMENTED.
std::optional<Failure> SetSecurityProtocol(const ServiceState& state, const Caller& caller,
                                           const v1::SetSecurityProtocolRequest& request,
                                           v1::SetSecurityProtocolResponse& response);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_HANDLERS_PROPERTIES_H_
