#ifndef STREAMPAIR_SERVER_STATUS_MAP_H_
#define STREAMPAIR_SERVER_STATUS_MAP_H_

#include <cstddef>
#include <optional>

#include "absl/time/time.h"
#include "core/base/error.h"
#include "grpcpp/support/status.h"
#include "server/failure.h"

namespace streampair {

// The one place where a grpc::Status other than OK is made. The table is in docs/errors.md.
//
// The details (google.rpc.Status in grpc-status-details-bin) hold ErrorInfo and StreamError,
// BadRequest when fields are at fault, and RetryInfo when waiting helps. Balancers drop larger
// trailers, so all of it stays under kMaxStatusDetailsBytes: the last violations go first, then the
// end of the text.
grpc::Status ToStatus(const Failure& failure);
grpc::Status ToStatus(const Error& error);

// The code alone.
grpc::StatusCode StatusCodeOf(const Error& error);

// How long a caller had better wait; nothing where waiting is not the remedy.
std::optional<absl::Duration> RetryDelayOf(const Error& error);

// For a health check of a service that is not here; gRPC's health protocol asks for the bare code.
grpc::Status UnknownServiceStatus();

// For an RPC whose caller has gone; nobody sees it.
grpc::Status CancelledStatus();

// UNAUTHENTICATED: for a caller's certificate, within the TLS handshake. The caller sees no more of
// it than that the connection fails.
grpc::Status CallerRefusedStatus(const std::string& why);

inline constexpr size_t kMaxStatusDetailsBytes = 2048;

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_STATUS_MAP_H_
