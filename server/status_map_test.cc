#include "server/status_map.h"

#include <cerrno>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/netdb_errors.h"
#include "core/base/posix_errors.h"
#include "core/base/streampair_errors.h"
#include "core/base/streampair_table.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "streampair/v1/error.pb.h"

namespace streampair {
namespace {

using grpc::StatusCode;

Error Posix(Stage stage, int err) { return PosixError(stage, err, "doing something"); }
Error Refused() { return Posix(Stage::kConnect, ECONNREFUSED); }

google::rpc::Status DetailsOf(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  return details;
}

template <typename Message>
std::optional<Message> Find(const google::rpc::Status& details) {
  std::optional<Message> found;
  for (const auto& any : details.details()) {
    Message message;
    if (!any.UnpackTo(&message)) continue;
    EXPECT_FALSE(found.has_value()) << "a detail type at most once";
    found = message;
  }
  return found;
}

TEST(StatusCodeOf, FollowsTheStage) {
  EXPECT_EQ(StatusCodeOf(InvalidRequest("x")), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(StatusCodeOf(HostNameNotAscii("x")), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(StatusCodeOf(PolicyDenied("x")), StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(StatusCodeOf(TooManyPairs("x")), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(StatusCodeOf(Draining("x")), StatusCode::UNAVAILABLE);
  EXPECT_EQ(StatusCodeOf(InternalFault("x")), StatusCode::INTERNAL);
}

TEST(StatusCodeOf, AsksForARetryOfAnOpeningOnlyWhereItCanHelp) {
  for (const Stage stage : {Stage::kConnect, Stage::kProxy, Stage::kTls}) {
    EXPECT_EQ(StatusCodeOf(Posix(stage, ECONNREFUSED)), StatusCode::UNAVAILABLE);
    EXPECT_EQ(StatusCodeOf(Posix(stage, EACCES)), StatusCode::FAILED_PRECONDITION);
    EXPECT_EQ(StatusCodeOf(Posix(stage, ECANCELED)), StatusCode::CANCELLED);
  }
  EXPECT_EQ(StatusCodeOf(ResolverTimeout("x")), StatusCode::UNAVAILABLE);
  EXPECT_EQ(StatusCodeOf(NameUnknown("x")), StatusCode::FAILED_PRECONDITION);
}

TEST(StatusCodeOf, AsksToStartAgainWhenAnOpenPairBroke) {
  EXPECT_EQ(StatusCodeOf(Posix(Stage::kStream, ECONNRESET)), StatusCode::ABORTED);
  EXPECT_EQ(StatusCodeOf(Posix(Stage::kStream, ETIMEDOUT)), StatusCode::ABORTED);
  EXPECT_EQ(StatusCodeOf(Posix(Stage::kStream, ECANCELED)), StatusCode::CANCELLED);
}

// The rows of our own domain stand in docs/errors.md with their status.
TEST(StatusCodeOf, AgreesWithTheDocumentedTable) {
  std::ifstream file("docs/errors.md");
  ASSERT_TRUE(file) << "docs/errors.md";
  const std::string document((std::istreambuf_iterator<char>(file)), {});
  const std::pair<StatusCode, absl::string_view> kNames[] = {
      {StatusCode::CANCELLED, "CANCELLED"},
      {StatusCode::INVALID_ARGUMENT, "INVALID_ARGUMENT"},
      {StatusCode::NOT_FOUND, "NOT_FOUND"},
      {StatusCode::PERMISSION_DENIED, "PERMISSION_DENIED"},
      {StatusCode::RESOURCE_EXHAUSTED, "RESOURCE_EXHAUSTED"},
      {StatusCode::FAILED_PRECONDITION, "FAILED_PRECONDITION"},
      {StatusCode::ABORTED, "ABORTED"},
      {StatusCode::UNIMPLEMENTED, "UNIMPLEMENTED"},
      {StatusCode::INTERNAL, "INTERNAL"},
      {StatusCode::UNAVAILABLE, "UNAVAILABLE"},
  };
  for (const StreampairRow& row : StreampairTable()) {
    const ErrorId id{ErrorDomain::kStreampair, 0, static_cast<int32_t>(row.code)};
    const Error error = Error(row.stage, id, row.reason, "x").WithRetryable(row.retryable);
    const std::string start = absl::StrCat("| ", id.code, " | ", row.symbol, " |");
    std::string line;
    for (absl::string_view candidate : absl::StrSplit(document, '\n')) {
      if (absl::StartsWith(candidate, start)) line = std::string(candidate);
    }
    ASSERT_NE(line, "") << start;
    for (const auto& [code, name] : kNames) {
      if (StatusCodeOf(error) == code) {
        EXPECT_TRUE(absl::StrContains(line, absl::StrCat("| ", name, " |"))) << line;
      }
    }
  }
}

TEST(ToStatus, CarriesErrorInfoAndStreamError) {
  const grpc::Status status = ToStatus(Refused());
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  const google::rpc::Status details = DetailsOf(status);
  EXPECT_EQ(details.code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(details.message(), status.error_message());

  const auto info = Find<google::rpc::ErrorInfo>(details);
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->reason(), "CONNECTION_REFUSED");
  EXPECT_EQ(info->domain(), "streampair.v1");
  EXPECT_EQ(info->metadata().at("domain"), "1");
  EXPECT_EQ(info->metadata().at("subdomain"), "0");
  EXPECT_EQ(info->metadata().at("code"), "111");
  EXPECT_EQ(info->metadata().at("symbol"), "ECONNREFUSED");
  EXPECT_EQ(info->metadata().at("stage"), "connect");

  const auto error = Find<v1::StreamError>(details);
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->code(), 111);
  EXPECT_FALSE(Find<google::rpc::BadRequest>(details).has_value());
  EXPECT_FALSE(Find<google::rpc::RetryInfo>(details).has_value());
}

TEST(ToStatus, NamesOurOwnErrorsByTheirSymbol) {
  const auto reason = [](const Error& error) {
    return Find<google::rpc::ErrorInfo>(DetailsOf(ToStatus(error)))->reason();
  };
  EXPECT_EQ(reason(NotHere("x")), "NOT_HERE");
  EXPECT_EQ(reason(InvalidRequest("x")), "INVALID_REQUEST");
  EXPECT_EQ(reason(Posix(Stage::kStream, EINVAL)), "EINVAL");
  EXPECT_EQ(reason(Error(Stage::kTls, {ErrorDomain::kSsl, 0, -1}, Reason::kNone, "x")), "UNKNOWN");
}

TEST(ToStatus, SaysWhenToRetryWhatIsOverALimit) {
  const auto retry = Find<google::rpc::RetryInfo>(DetailsOf(ToStatus(TooManyPairs("full"))));
  ASSERT_TRUE(retry.has_value());
  EXPECT_EQ(retry->retry_delay().seconds(), 1);
  const auto known = Find<google::rpc::RetryInfo>(
      DetailsOf(ToStatus(QuotaExceeded("spent").WithRetryAfter(absl::Milliseconds(90250)))));
  ASSERT_TRUE(known.has_value());
  EXPECT_EQ(known->retry_delay().seconds(), 90);
  EXPECT_EQ(known->retry_delay().nanos(), 250'000'000);
  EXPECT_FALSE(Find<google::rpc::RetryInfo>(
                   DetailsOf(ToStatus(QuotaExceeded("x").WithRetryAfter(absl::InfiniteDuration()))))
                   .has_value());
  EXPECT_FALSE(
      Find<google::rpc::RetryInfo>(DetailsOf(ToStatus(MessageTooLarge("big")))).has_value());
}

TEST(ToStatus, ListsTheFieldsAtFault) {
  const Failure failure(InvalidRequest("two fields"),
                        {{"spec.target.host.port", "must be 1 to 65535, is 0"},
                         {"request_id", "must be at most 36 bytes"}});
  const auto bad = Find<google::rpc::BadRequest>(DetailsOf(ToStatus(failure)));
  ASSERT_TRUE(bad.has_value());
  ASSERT_EQ(bad->field_violations_size(), 2);
  EXPECT_EQ(bad->field_violations(0).field(), "spec.target.host.port");
  EXPECT_EQ(bad->field_violations(0).description(), "must be 1 to 65535, is 0");
}

// Balancers turn answers with larger trailers into errors of their own.
TEST(ToStatus, StaysUnderTwoKilobytesWhateverHappens) {
  const std::string wide(10000, '\x01');
  std::string euros;
  for (int i = 0; i < 5000; ++i) euros += "\xe2\x82\xac";
  for (const std::string& text : {std::string(), wide, euros}) {
    for (const size_t violations : {0u, 1u, 2u, 7u, 1000u}) {
      Failure failure(InvalidRequest(text).WithAddress(std::string(300, 'a')));
      failure.violations.assign(violations, {text, text});
      const grpc::Status status = ToStatus(failure);
      EXPECT_LT(status.error_details().size(), kMaxStatusDetailsBytes);
      const auto bad = Find<google::rpc::BadRequest>(DetailsOf(status));
      EXPECT_EQ(bad.has_value(), violations > 0);
    }
  }
}

TEST(CancelledStatus, IsCancelled) {
  EXPECT_EQ(CancelledStatus().error_code(), StatusCode::CANCELLED);
}

}  // namespace
}  // namespace streampair
