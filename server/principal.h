#ifndef STREAMPAIR_SERVER_PRINCIPAL_H_
#define STREAMPAIR_SERVER_PRINCIPAL_H_

#include <string>

#include "absl/strings/string_view.h"
#include "grpcpp/server_context.h"
#include "server/caller.h"

namespace streampair {

// Who makes the call that `context` belongs to. Without authentication there are two callers:
// "unix" for whoever may connect to the server's unix socket, and "anonymous" for everyone else.
Caller CallerOf(const grpc::ServerContextBase& context);

// The trace id of a `traceparent` header (W3C Trace Context, version 00 and what is compatible with
// it); "" if the header is not valid.
std::string TraceIdOf(absl::string_view traceparent);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_PRINCIPAL_H_
