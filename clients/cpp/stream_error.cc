#include "clients/cpp/stream_error.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "google/rpc/status.pb.h"

namespace streampair::client {
namespace {

// What a status without a StreamError amounts to in our own domain: it came from gRPC itself, a
// balancer or a server of another kind.
v1::StreampairCode CodeOf(grpc::StatusCode status_code) {
  switch (status_code) {
    case grpc::StatusCode::UNIMPLEMENTED:
      return v1::STREAMPAIR_CODE_UNIMPLEMENTED;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return v1::STREAMPAIR_CODE_MESSAGE_TOO_LARGE;
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::UNAUTHENTICATED:
      return v1::STREAMPAIR_CODE_POLICY_DENIED;
    default:
      return v1::STREAMPAIR_CODE_CLIENT_GONE;
  }
}

std::string WithoutPrefix(const std::string& name, absl::string_view prefix) {
  return std::string(absl::StripPrefix(name, prefix));
}

}  // namespace

StreamError::StreamError(v1::StreamError error, Origin origin, grpc::StatusCode status_code)
    : error_(std::move(error)), origin_(origin), status_code_(status_code) {}

StreamError StreamError::FromStatus(const grpc::Status& status) {
  google::rpc::Status rich;
  if (!status.error_details().empty() && rich.ParseFromString(status.error_details())) {
    for (const google::protobuf::Any& detail : rich.details()) {
      v1::StreamError error;
      if (detail.Is<v1::StreamError>() && detail.UnpackTo(&error)) {
        return StreamError(std::move(error), Origin::kServer, status.error_code());
      }
    }
  }
  v1::StreamError error;
  const v1::StreampairCode code = CodeOf(status.error_code());
  error.set_domain(v1::ERROR_DOMAIN_STREAMPAIR);
  error.set_code(code);
  error.set_packed_error(code);
  error.set_symbol(WithoutPrefix(v1::StreampairCode_Name(code), "STREAMPAIR_CODE_"));
  error.set_message(status.error_message());
  error.set_retryable(status.error_code() == grpc::StatusCode::UNAVAILABLE);
  return StreamError(std::move(error), Origin::kTransport, status.error_code());
}

std::string StreamError::Triple() const {
  return absl::StrCat("(", DomainText(domain()), ", ", subdomain(), ", ", code(), ")");
}

std::string StreamError::ToString() const {
  std::string text = symbol().empty() ? Triple() : absl::StrCat(symbol(), " ", Triple());
  if (std::string stage = StageText(error_.stage()); !stage.empty()) {
    absl::StrAppend(&text, " at stage ", stage);
  }
  if (std::string reason = ReasonText(error_.reason()); !reason.empty()) {
    absl::StrAppend(&text, ", ", reason);
  }
  if (!address().empty()) absl::StrAppend(&text, ", ", address());
  if (!message().empty()) absl::StrAppend(&text, ": ", message());
  return text;
}

std::string DomainText(int32_t domain) {
  if (domain == v1::ERROR_DOMAIN_UNSPECIFIED) return "";
  const std::string& name = v1::ErrorDomain_Name(static_cast<v1::ErrorDomain>(domain));
  return name.empty() ? absl::StrCat(domain) : WithoutPrefix(name, "ERROR_DOMAIN_");
}

std::string StageText(v1::ErrorStage stage) {
  if (stage == v1::ERROR_STAGE_UNSPECIFIED) return "";
  const std::string& name = v1::ErrorStage_Name(stage);
  return name.empty() ? absl::StrCat(static_cast<int>(stage))
                      : absl::AsciiStrToLower(WithoutPrefix(name, "ERROR_STAGE_"));
}

std::string ReasonText(v1::ErrorReason reason) {
  if (reason == v1::ERROR_REASON_UNSPECIFIED) return "";
  const std::string& name = v1::ErrorReason_Name(reason);
  return name.empty() ? absl::StrCat(static_cast<int>(reason))
                      : absl::AsciiStrToLower(WithoutPrefix(name, "ERROR_REASON_"));
}

}  // namespace streampair::client
