#include "tests/harness/stream_error.h"

#include <google/protobuf/util/message_differencer.h>

#include "absl/strings/str_cat.h"
#include "google/rpc/status.pb.h"

namespace streampair::testing {
namespace {

using ::testing::Matcher;
using ::testing::MatchResultListener;

constexpr size_t kMaxDetails = 2048;
constexpr size_t kMaxMessage = 512;

int32_t PackedError(const ErrorRow& row) {
  if (row.domain != v1::ERROR_DOMAIN_SOCKS) return row.code;
  return static_cast<int32_t>(row.subdomain << 16) | (row.code & 0xffff);
}

// Compares one field; explains a difference.
template <typename Actual, typename Expected>
bool Same(const char* field, const Actual& actual, const Expected& expected,
          MatchResultListener* listener) {
  if (actual == expected) return true;
  *listener << field << " is " << ::testing::PrintToString(actual) << ", not "
            << ::testing::PrintToString(expected) << "; ";
  return false;
}

bool MatchesRow(const v1::StreamError& error, const ErrorRow& row,
                const std::optional<std::string>& address, MatchResultListener* listener) {
  bool good = Same("domain", error.domain(), static_cast<int32_t>(row.domain), listener);
  good &= Same("subdomain", error.subdomain(), row.subdomain, listener);
  good &= Same("code", error.code(), row.code, listener);
  good &= Same("packed error", error.packed_error(), PackedError(row), listener);
  good &= Same("symbol", error.symbol(), row.symbol, listener);
  good &=
      Same("stage", v1::ErrorStage_Name(error.stage()), v1::ErrorStage_Name(row.stage), listener);
  good &= Same("reason", v1::ErrorReason_Name(error.reason()), v1::ErrorReason_Name(row.reason),
               listener);
  good &= Same("retryable", error.retryable(), row.retryable, listener);
  good &= Same("has a text of at most 512 bytes",
               !error.message().empty() && error.message().size() <= kMaxMessage, true, listener);
  if (address.has_value()) good &= Same("address", error.address(), *address, listener);
  if (!good) *listener << "the text is \"" << error.message() << "\"";
  return good;
}

class StreamErrorMatcher {
 public:
  using is_gtest_matcher = void;
  StreamErrorMatcher(ErrorRow row, std::optional<std::string> address)
      : row_(std::move(row)), address_(std::move(address)) {}
  bool MatchAndExplain(const v1::StreamError& error, MatchResultListener* listener) const {
    return MatchesRow(error, row_, address_, listener);
  }
  void DescribeTo(std::ostream* out) const { *out << "is " << row_; }
  void DescribeNegationTo(std::ostream* out) const { *out << "is not " << row_; }

 private:
  const ErrorRow row_;
  const std::optional<std::string> address_;
};

class StatusMatcher {
 public:
  using is_gtest_matcher = void;
  StatusMatcher(ErrorRow row, std::optional<std::string> address)
      : row_(std::move(row)), address_(std::move(address)) {}
  bool MatchAndExplain(const grpc::Status& status, MatchResultListener* listener) const {
    bool good = Same("status", static_cast<int>(status.error_code()), static_cast<int>(row_.status),
                     listener);
    const StatusDetails details = DetailsOf(status);
    good &= Same("details under 2048 bytes", details.size < kMaxDetails, true, listener);
    if (!details.error.has_value()) {
      *listener << "no StreamError in the details; ";
      good = false;
    } else {
      good &= MatchesRow(*details.error, row_, address_, listener);
    }
    if (!details.info.has_value()) {
      *listener << "no ErrorInfo in the details; ";
      good = false;
    } else {
      auto metadata = details.info->metadata();
      good &= Same("ErrorInfo.domain", details.info->domain(), "streampair.v1", listener);
      good &= Same("ErrorInfo.reason is empty", details.info->reason().empty(), false, listener);
      good &= Same("ErrorInfo domain", metadata["domain"],
                   absl::StrCat(static_cast<int>(row_.domain)), listener);
      good &= Same("ErrorInfo subdomain", metadata["subdomain"], absl::StrCat(row_.subdomain),
                   listener);
      good &= Same("ErrorInfo code", metadata["code"], absl::StrCat(row_.code), listener);
      good &= Same("ErrorInfo symbol", metadata["symbol"], row_.symbol, listener);
    }
    if (!good) *listener << "the status says \"" << status.error_message() << "\"";
    return good;
  }
  void DescribeTo(std::ostream* out) const { *out << "is a status with " << row_; }
  void DescribeNegationTo(std::ostream* out) const { *out << "is not a status with " << row_; }

 private:
  const ErrorRow row_;
  const std::optional<std::string> address_;
};

class OkMatcher {
 public:
  using is_gtest_matcher = void;
  bool MatchAndExplain(const grpc::Status& status, MatchResultListener* listener) const {
    if (status.ok()) return true;
    *listener << "code " << status.error_code() << ": " << status.error_message();
    const StatusDetails details = DetailsOf(status);
    if (details.error.has_value()) *listener << " {" << details.error->ShortDebugString() << "}";
    return false;
  }
  void DescribeTo(std::ostream* out) const { *out << "is OK"; }
  void DescribeNegationTo(std::ostream* out) const { *out << "is not OK"; }
};

}  // namespace

std::ostream& operator<<(std::ostream& out, const ErrorRow& row) {
  return out << "(" << v1::ErrorDomain_Name(row.domain) << ", " << row.subdomain << ", " << row.code
             << " " << row.symbol << ") at " << v1::ErrorStage_Name(row.stage) << ", "
             << v1::ErrorReason_Name(row.reason) << (row.retryable ? ", retryable" : "")
             << ", status " << row.status;
}

ErrorRow OwnRow(v1::StreampairCode code) {
  using enum v1::ErrorReason;
  using enum v1::ErrorStage;
  ErrorRow row{grpc::StatusCode::INVALID_ARGUMENT,
               v1::ERROR_DOMAIN_STREAMPAIR,
               code,
               v1::StreampairCode_Name(code).substr(sizeof("STREAMPAIR_CODE_") - 1),
               ERROR_STAGE_REQUEST,
               ERROR_REASON_HTTP_REQUEST_ERROR,
               false};
  switch (code) {
    case v1::STREAMPAIR_CODE_UNIMPLEMENTED:
      row.status = grpc::StatusCode::UNIMPLEMENTED;
      break;
    case v1::STREAMPAIR_CODE_PAIR_NOT_FOUND:
      row.status = grpc::StatusCode::NOT_FOUND;
      break;
    case v1::STREAMPAIR_CODE_NOT_HERE:
      row.status = grpc::StatusCode::UNAVAILABLE;
      row.reason = ERROR_REASON_PROXY_INTERNAL_RESPONSE;
      row.retryable = true;
      break;
    case v1::STREAMPAIR_CODE_ALREADY_ATTACHED:
    case v1::STREAMPAIR_CODE_WRONG_STATE:
      row.status = grpc::StatusCode::FAILED_PRECONDITION;
      break;
    case v1::STREAMPAIR_CODE_MESSAGE_TOO_LARGE:
      row.status = grpc::StatusCode::RESOURCE_EXHAUSTED;
      break;
    case v1::STREAMPAIR_CODE_POLICY_DENIED:
      row.status = grpc::StatusCode::PERMISSION_DENIED;
      row.stage = ERROR_STAGE_POLICY;
      row.reason = ERROR_REASON_HTTP_REQUEST_DENIED;
      break;
    case v1::STREAMPAIR_CODE_UNAUTHENTICATED:
      row.status = grpc::StatusCode::UNAUTHENTICATED;
      row.reason = ERROR_REASON_HTTP_REQUEST_DENIED;
      break;
    case v1::STREAMPAIR_CODE_DRAINING:
      row.status = grpc::StatusCode::UNAVAILABLE;
      row.stage = ERROR_STAGE_CAPACITY;
      row.reason = ERROR_REASON_PROXY_INTERNAL_RESPONSE;
      row.retryable = true;
      break;
    case v1::STREAMPAIR_CODE_TOO_MANY_PAIRS:
    case v1::STREAMPAIR_CODE_QUOTA:
      row.status = grpc::StatusCode::RESOURCE_EXHAUSTED;
      row.stage = ERROR_STAGE_CAPACITY;
      row.reason = ERROR_REASON_CONNECTION_LIMIT_REACHED;
      row.retryable = true;
      break;
    case v1::STREAMPAIR_CODE_PAIR_RELEASED:
    case v1::STREAMPAIR_CODE_HOLD_EXPIRED:
      row.status = grpc::StatusCode::ABORTED;
      row.stage = ERROR_STAGE_STREAM;
      row.reason = ERROR_REASON_UNSPECIFIED;
      break;
    case v1::STREAMPAIR_CODE_CLIENT_GONE:
    case v1::STREAMPAIR_CODE_RESET_BY_CLIENT:
      row.status = grpc::StatusCode::CANCELLED;
      row.stage = ERROR_STAGE_STREAM;
      row.reason = ERROR_REASON_CONNECTION_TERMINATED;
      break;
    default:
      break;
  }
  return row;
}

StatusDetails DetailsOf(const grpc::Status& status) {
  StatusDetails details;
  details.size = status.error_details().size();
  google::rpc::Status rpc;
  if (!rpc.ParseFromString(status.error_details())) return details;
  for (const google::protobuf::Any& any : rpc.details()) {
    google::rpc::ErrorInfo info;
    v1::StreamError error;
    google::rpc::BadRequest bad_request;
    google::rpc::RetryInfo retry_info;
    if (any.UnpackTo(&info)) details.info = info;
    if (any.UnpackTo(&error)) details.error = error;
    if (any.UnpackTo(&bad_request)) details.bad_request = bad_request;
    if (any.UnpackTo(&retry_info)) details.retry_info = retry_info;
  }
  return details;
}

Matcher<const v1::StreamError&> IsStreamError(const ErrorRow& row) {
  return StreamErrorMatcher(row, std::nullopt);
}
Matcher<const v1::StreamError&> IsStreamErrorAt(const ErrorRow& row, const std::string& address) {
  return StreamErrorMatcher(row, address);
}
Matcher<const grpc::Status&> IsStatus(const ErrorRow& row) {
  return StatusMatcher(row, std::nullopt);
}
Matcher<const grpc::Status&> IsStatusAt(const ErrorRow& row, const std::string& address) {
  return StatusMatcher(row, address);
}
Matcher<const grpc::Status&> IsOk() { return OkMatcher(); }

std::string Portrait(v1::StreamPair pair) {
  pair.clear_expire_time();
  return pair.DebugString();
}

}  // namespace streampair::testing
