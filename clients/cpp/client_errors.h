#ifndef STREAMPAIR_CLIENTS_CPP_CLIENT_ERRORS_H_
#define STREAMPAIR_CLIENTS_CPP_CLIENT_ERRORS_H_

#include <grpcpp/support/status.h>

#include "absl/strings/string_view.h"
#include "clients/cpp/stream_error.h"

namespace streampair::client {

// The failures that this library states itself, one function a row. Origin kClient unless said
// otherwise.

// (STREAMPAIR, 0, 20): the stream was reset here.
StreamError ResetHere();

// (STREAMPAIR, 0, 12): a write after the finish.
StreamError WriteAfterFinish();

// (POSIX, 0, EPIPE): a write to a pair that ended in order.
StreamError PairOver();

// (POSIX, 0, ETIMEDOUT): the stream did not end before the deadline of its close.
StreamError NotClosedInTime();

// (POSIX, 0, ETIMEDOUT): a property was not set, or TLS did not stand, before the deadline.
StreamError NotSetInTime();

// (STREAMPAIR, 0, 7): the carrier takes no more streams.
StreamError CarrierFinished();

// (STREAMPAIR, 0, 19): properties take more than one frame may hold.
StreamError AttachTooLarge();

// (STREAMPAIR, 0, 10): the server sent more than its credit, or granted more than may be.
StreamError CreditBroken(absl::string_view what);

// (STREAMPAIR, 0, 11): the server sent what no server sends.
StreamError ProtocolBroken(absl::string_view what);

// (STREAMPAIR, 0, 18), kTransport: the RPC ended without an end of the stream. `status` may be OK.
StreamError RpcLost(const grpc::Status& status);

// (STREAMPAIR, 0, 18), kTransport: nothing was heard of the server for too long.
StreamError ServerSilent();

// (STREAMPAIR, 0, 18): the RPC was cancelled here.
StreamError Cancelled();

}  // namespace streampair::client

#endif  // STREAMPAIR_CLIENTS_CPP_CLIENT_ERRORS_H_
