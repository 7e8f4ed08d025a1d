#ifndef STREAMPAIR_SERVER_PRINCIPAL_H_
#define STREAMPAIR_SERVER_PRINCIPAL_H_

#include <string>

#include "absl/strings/string_view.h"
#include "grpcpp/security/auth_context.h"
#include "grpcpp/server_context.h"
#include "server/caller.h"

namespace streampair {

inline constexpr char kAnonymous[] = "anonymous";

// Who makes the call that `context` belongs to, by its connection:
//
//   "spiffe://..."   a certificate with exactly one URI, which is a SPIFFE id
//   "dns:NAME"       else a certificate with names: the first
//   "cn:NAME"        else a certificate with a common name
//   "unix"           whoever may connect to the server's Unix socket
//   "anonymous"      everyone else
//
// No certificate can pass for another kind, since what it says stands behind the kind's prefix.
Caller CallerOf(const grpc::ServerContextBase& context);

// The same of what gRPC knows of a connection that is no Unix socket.
std::string PrincipalOf(const grpc::AuthContext& auth);

// The trace id of a `traceparent` header (W3C Trace Context, version 00 and what is compatible with
// it); "" if the header is not valid.
std::string TraceIdOf(absl::string_view traceparent);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_PRINCIPAL_H_
