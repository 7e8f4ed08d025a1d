#ifndef STREAMPAIR_TESTS_HARNESS_STREAM_ERROR_H_
#define STREAMPAIR_TESTS_HARNESS_STREAM_ERROR_H_

#include <grpcpp/support/status.h>

#include <optional>
#include <ostream>
#include <string>

#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "streampair/v1/error.pb.h"
#include "streampair/v1/stream_pair.pb.h"

namespace streampair::testing {

// One row of docs/errors.md: all that a caller may rely on.
struct ErrorRow {
  grpc::StatusCode status;
  v1::ErrorDomain domain;
  int32_t code;
  std::string symbol;
  v1::ErrorStage stage;
  v1::ErrorReason reason;
  bool retryable;
  uint32_t subdomain = 0;
};
std::ostream& operator<<(std::ostream& out, const ErrorRow& row);

// Rows of our own domain, which have one status each.
ErrorRow OwnRow(v1::StreampairCode code);

// What stands in a status's details.
struct StatusDetails {
  std::optional<google::rpc::ErrorInfo> info;
  std::optional<v1::StreamError> error;
  std::optional<google::rpc::BadRequest> bad_request;
  std::optional<google::rpc::RetryInfo> retry_info;
  size_t size = 0;  // Of the whole trailer.
};
StatusDetails DetailsOf(const grpc::Status& status);

// A StreamError that is exactly that row: domain, subdomain, code, packed error, symbol, stage,
// reason, retryable, and a text for people.
::testing::Matcher<const v1::StreamError&> IsStreamError(const ErrorRow& row);
// The same, at that address ("" for none).
::testing::Matcher<const v1::StreamError&> IsStreamErrorAt(const ErrorRow& row,
                                                           const std::string& address);

// A status with the row's code whose details hold that error, the same in ErrorInfo, and less than
// 2 KB in all.
::testing::Matcher<const grpc::Status&> IsStatus(const ErrorRow& row);
::testing::Matcher<const grpc::Status&> IsStatusAt(const ErrorRow& row, const std::string& address);

// An OK status; says what it is otherwise.
::testing::Matcher<const grpc::Status&> IsOk();

// A pair as text, without what passes by itself (when it expires), to compare before and after.
std::string Portrait(v1::StreamPair pair);

}  // namespace streampair::testing

#endif  // STREAMPAIR_TESTS_HARNESS_STREAM_ERROR_H_
