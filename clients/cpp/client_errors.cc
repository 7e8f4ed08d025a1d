#include "clients/cpp/client_errors.h"

#include <cerrno>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace streampair::client {
namespace {

v1::StreamError Row(v1::StreampairCode code, v1::ErrorStage stage, absl::string_view message) {
  v1::StreamError error;
  error.set_domain(v1::ERROR_DOMAIN_STREAMPAIR);
  error.set_code(code);
  error.set_packed_error(code);
  const std::string& name = v1::StreampairCode_Name(code);
  error.set_symbol(std::string(absl::StripPrefix(name, "STREAMPAIR_CODE_")));
  error.set_message(std::string(message));
  error.set_stage(stage);
  return error;
}

StreamError Ours(v1::StreampairCode code, v1::ErrorStage stage, absl::string_view message) {
  return StreamError(Row(code, stage, message), StreamError::Origin::kClient);
}

StreamError Posix(int code, const char* symbol, v1::ErrorReason reason, const char* message) {
  v1::StreamError error;
  error.set_domain(v1::ERROR_DOMAIN_POSIX);
  error.set_code(code);
  error.set_packed_error(code);
  error.set_symbol(symbol);
  error.set_message(message);
  error.set_stage(v1::ERROR_STAGE_STREAM);
  error.set_reason(reason);
  return StreamError(std::move(error), StreamError::Origin::kClient);
}

}  // namespace

StreamError ResetHere() {
  return Ours(v1::STREAMPAIR_CODE_RESET_BY_CLIENT, v1::ERROR_STAGE_STREAM,
              "the stream was reset by this client");
}

StreamError WriteAfterFinish() {
  return Ours(v1::STREAMPAIR_CODE_AFTER_FINISH, v1::ERROR_STAGE_REQUEST,
              "nothing can be written after the finish");
}

StreamError PairOver() {
  return Posix(EPIPE, "EPIPE", v1::ERROR_REASON_CONNECTION_TERMINATED, "the pair has ended");
}

StreamError NotClosedInTime() {
  return Posix(ETIMEDOUT, "ETIMEDOUT", v1::ERROR_REASON_CONNECTION_READ_TIMEOUT,
               "the stream did not end before the deadline of its close");
}

StreamError NotSetInTime() {
  return Posix(ETIMEDOUT, "ETIMEDOUT", v1::ERROR_REASON_CONNECTION_READ_TIMEOUT,
               "the property was not in force before the deadline");
}

StreamError CarrierFinished() {
  return Ours(v1::STREAMPAIR_CODE_WRONG_STATE, v1::ERROR_STAGE_REQUEST,
              "this carrier takes no more streams");
}

StreamError AttachTooLarge() {
  return Ours(v1::STREAMPAIR_CODE_MESSAGE_TOO_LARGE, v1::ERROR_STAGE_REQUEST,
              "what is asked of the pair takes more than 1 MiB");
}

StreamError CreditBroken(absl::string_view what) {
  return Ours(v1::STREAMPAIR_CODE_CREDIT_EXCEEDED, v1::ERROR_STAGE_INTERNAL,
              absl::StrCat("the server broke the rules of credit: ", what));
}

StreamError ProtocolBroken(absl::string_view what) {
  return Ours(v1::STREAMPAIR_CODE_MALFORMED_MESSAGE, v1::ERROR_STAGE_INTERNAL,
              absl::StrCat("the server's message makes no sense: ", what));
}

StreamError RpcLost(const grpc::Status& status) {
  if (!status.ok()) return StreamError::FromStatus(status);
  return StreamError(Row(v1::STREAMPAIR_CODE_CLIENT_GONE, v1::ERROR_STAGE_UNSPECIFIED,
                         "the server ended the RPC without ending the stream"),
                     StreamError::Origin::kTransport);
}

StreamError ServerSilent() {
  v1::StreamError error =
      Row(v1::STREAMPAIR_CODE_CLIENT_GONE, v1::ERROR_STAGE_UNSPECIFIED,
          "the server has not answered heartbeats; the connection to it is taken for lost");
  error.set_retryable(true);
  return StreamError(std::move(error), StreamError::Origin::kTransport,
                     grpc::StatusCode::UNAVAILABLE);
}

StreamError Cancelled() {
  return StreamError(
      Row(v1::STREAMPAIR_CODE_CLIENT_GONE, v1::ERROR_STAGE_STREAM, "cancelled by this client"),
      StreamError::Origin::kClient, grpc::StatusCode::CANCELLED);
}

}  // namespace streampair::client
