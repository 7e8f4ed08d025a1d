#include "server/status_map.h"

#include <cerrno>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/base/posix_errors.h"
#include "core/base/socks_errors.h"
#include "core/base/streampair_errors.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/error_proto.h"
#include "server/text.h"

namespace streampair {
namespace {

constexpr char kErrorInfoDomain[] = "streampair.v1";
constexpr absl::Duration kRetryDelay = absl::Seconds(1);
constexpr size_t kMaxViolationBytes = 256;

std::optional<StreampairCode> OwnCode(const Error& error) {
  if (error.id().domain != ErrorDomain::kStreampair) return std::nullopt;
  return static_cast<StreampairCode>(error.id().code);
}

bool IsCancellation(const Error& error) {
  return error.id().domain == ErrorDomain::kPosix && error.id().code == ECANCELED;
}

grpc::StatusCode OfRequest(const Error& error) {
  const auto code = OwnCode(error);
  if (code == StreampairCode::kUnimplemented) return grpc::StatusCode::UNIMPLEMENTED;
  if (code == StreampairCode::kPairNotFound) return grpc::StatusCode::NOT_FOUND;
  if (code == StreampairCode::kNotHere) return grpc::StatusCode::UNAVAILABLE;
  if (code == StreampairCode::kAlreadyAttached || code == StreampairCode::kWrongState) {
    return grpc::StatusCode::FAILED_PRECONDITION;
  }
  if (code == StreampairCode::kUnauthenticated) return grpc::StatusCode::UNAUTHENTICATED;
  if (error.id() == SocksSetTooLate().id()) return grpc::StatusCode::FAILED_PRECONDITION;
  if (code == StreampairCode::kMessageTooLarge) return grpc::StatusCode::RESOURCE_EXHAUSTED;
  return grpc::StatusCode::INVALID_ARGUMENT;
}

// Before the pair was ready: the same request may be made again, now or once someone has mended
// something.
grpc::StatusCode OfOpening(const Error& error) {
  if (IsCancellation(error)) return grpc::StatusCode::CANCELLED;
  return error.retryable() ? grpc::StatusCode::UNAVAILABLE : grpc::StatusCode::FAILED_PRECONDITION;
}

// An open pair broke. UNAVAILABLE would invite clients to send the same call again, which cannot
// help: the pair is gone and nobody knows which bytes were acted upon. ABORTED says "start again,
// one level up".
grpc::StatusCode OfStream(const Error& error) {
  const auto code = OwnCode(error);
  const bool by_client =
      code == StreampairCode::kClientGone || code == StreampairCode::kResetByClient;
  return by_client || IsCancellation(error) ? grpc::StatusCode::CANCELLED
                                            : grpc::StatusCode::ABORTED;
}

// UPPER_SNAKE_CASE: our own symbol, else RFC 9209's word, else the domain's symbol.
std::string InfoReason(const Error& error, const std::string& symbol) {
  if (OwnCode(error) && !symbol.empty()) return symbol;
  if (error.reason() != Reason::kNone) return absl::AsciiStrToUpper(ReasonName(error.reason()));
  return symbol.empty() ? "UNKNOWN" : absl::AsciiStrToUpper(symbol);
}

google::rpc::ErrorInfo InfoOf(const v1::StreamError& stream_error, const Error& error) {
  google::rpc::ErrorInfo info;
  info.set_reason(InfoReason(error, stream_error.symbol()));
  info.set_domain(kErrorInfoDomain);
  auto& metadata = *info.mutable_metadata();
  metadata["domain"] = absl::StrCat(stream_error.domain());
  metadata["subdomain"] = absl::StrCat(stream_error.subdomain());
  metadata["code"] = absl::StrCat(stream_error.code());
  metadata["symbol"] = stream_error.symbol();
  metadata["stage"] = std::string(StageName(error.stage()));
  return info;
}

std::string Serialize(const Failure& failure, size_t violations, size_t text_limit) {
  v1::StreamError stream_error = ErrorToProto(failure.error);
  stream_error.set_message(PresentableText(stream_error.message(), text_limit));

  google::rpc::Status status;
  status.set_code(static_cast<int>(StatusCodeOf(failure.error)));
  status.set_message(stream_error.message());
  status.add_details()->PackFrom(InfoOf(stream_error, failure.error));
  status.add_details()->PackFrom(stream_error);
  if (violations > 0) {
    google::rpc::BadRequest bad_request;
    for (size_t i = 0; i < violations; ++i) {
      auto& field = *bad_request.add_field_violations();
      field.set_field(PresentableText(failure.violations[i].field, kMaxViolationBytes));
      field.set_description(PresentableText(failure.violations[i].description, kMaxViolationBytes));
    }
    status.add_details()->PackFrom(bad_request);
  }
  if (const auto delay = RetryDelayOf(failure.error)) {
    google::rpc::RetryInfo retry;
    const absl::Duration whole = absl::Floor(*delay, absl::Seconds(1));
    retry.mutable_retry_delay()->set_seconds(absl::ToInt64Seconds(whole));
    retry.mutable_retry_delay()->set_nanos(
        static_cast<int32_t>(absl::ToInt64Nanoseconds(*delay - whole)));
    status.add_details()->PackFrom(retry);
  }
  return status.SerializeAsString();
}

}  // namespace

grpc::StatusCode StatusCodeOf(const Error& error) {
  switch (error.stage()) {
    case Stage::kRequest:
      return OfRequest(error);
    case Stage::kPolicy:
      return grpc::StatusCode::PERMISSION_DENIED;
    case Stage::kCapacity:
      return OwnCode(error) == StreampairCode::kDraining ? grpc::StatusCode::UNAVAILABLE
                                                         : grpc::StatusCode::RESOURCE_EXHAUSTED;
    case Stage::kResolve:
    case Stage::kConnect:
    case Stage::kProxy:
    case Stage::kTls:
      return OfOpening(error);
    case Stage::kStream:
      return OfStream(error);
    case Stage::kInternal:
      return grpc::StatusCode::INTERNAL;
  }
  return grpc::StatusCode::INTERNAL;  // Not reached: the switch is complete.
}

std::optional<absl::Duration> RetryDelayOf(const Error& error) {
  if (StatusCodeOf(error) != grpc::StatusCode::RESOURCE_EXHAUSTED || !error.retryable()) {
    return std::nullopt;
  }
  if (error.retry_after() == absl::InfiniteDuration()) return std::nullopt;
  return error.retry_after() > absl::ZeroDuration() ? error.retry_after() : kRetryDelay;
}

grpc::Status ToStatus(const Failure& failure) {
  size_t violations = failure.violations.size();
  size_t text_limit = kMaxErrorMessageBytes;
  std::string details = Serialize(failure, violations, text_limit);
  while (details.size() >= kMaxStatusDetailsBytes && violations > 1) {
    violations = (violations + 1) / 2;
    details = Serialize(failure, violations, text_limit);
  }
  while (details.size() >= kMaxStatusDetailsBytes && text_limit > 32) {
    text_limit /= 2;
    details = Serialize(failure, violations, text_limit);
  }
  return grpc::Status(StatusCodeOf(failure.error),
                      PresentableText(failure.error.detail(), text_limit), details);
}

grpc::Status ToStatus(const Error& error) { return ToStatus(Failure(error)); }

grpc::Status UnknownServiceStatus() {
  return grpc::Status(grpc::StatusCode::NOT_FOUND, "service name unknown");
}

grpc::Status CancelledStatus() {
  return ToStatus(PosixError(Stage::kStream, ECANCELED, "the call was cancelled"));
}

grpc::Status CallerRefusedStatus(const std::string& why) {
  return {grpc::StatusCode::UNAUTHENTICATED, why};
}

}  // namespace streampair
