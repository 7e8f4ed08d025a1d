#include "clients/cpp/stream_error.h"

#include <gtest/gtest.h>

#include <string>

#include "clients/cpp/client_errors.h"
#include "google/rpc/status.pb.h"

namespace streampair::client {
namespace {

v1::StreamError Refused() {
  v1::StreamError error;
  error.set_domain(v1::ERROR_DOMAIN_POSIX);
  error.set_code(111);
  error.set_packed_error(111);
  error.set_symbol("ECONNREFUSED");
  error.set_message("connect: Connection refused");
  error.set_stage(v1::ERROR_STAGE_CONNECT);
  error.set_reason(v1::ERROR_REASON_CONNECTION_REFUSED);
  error.set_address("127.0.0.1:9");
  error.set_retryable(true);
  return error;
}

grpc::Status WithDetails(grpc::StatusCode code, const google::rpc::Status& rich) {
  return grpc::Status(code, "text", rich.SerializeAsString());
}

TEST(StreamError, KeepsWhatTheServerSaid) {
  const StreamError error(Refused());
  EXPECT_TRUE(error.Is(v1::ERROR_DOMAIN_POSIX, 111));
  EXPECT_FALSE(error.Is(v1::ERROR_DOMAIN_POSIX, 1, 111));
  EXPECT_EQ(error.stage(), v1::ERROR_STAGE_CONNECT);
  EXPECT_EQ(error.reason(), v1::ERROR_REASON_CONNECTION_REFUSED);
  EXPECT_TRUE(error.retryable());
  EXPECT_EQ(error.origin(), StreamError::Origin::kServer);
  EXPECT_EQ(error.Triple(), "(POSIX, 0, 111)");
  EXPECT_EQ(error.ToString(),
            "ECONNREFUSED (POSIX, 0, 111) at stage connect, connection_refused, 127.0.0.1:9: "
            "connect: Connection refused");
}

TEST(StreamError, ComesOutOfStatusDetailsAmongOthers) {
  google::rpc::Status rich;
  rich.add_details()->PackFrom(google::rpc::Status());  // Stands for a detail of another type.
  rich.add_details()->PackFrom(Refused());
  const StreamError error =
      StreamError::FromStatus(WithDetails(grpc::StatusCode::UNAVAILABLE, rich));
  EXPECT_TRUE(error.Is(v1::ERROR_DOMAIN_POSIX, 111));
  EXPECT_EQ(error.origin(), StreamError::Origin::kServer);
  EXPECT_EQ(error.status_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST(StreamError, StatusWithoutDetailsIsTheTransports) {
  const StreamError error =
      StreamError::FromStatus(grpc::Status(grpc::StatusCode::UNAVAILABLE, "no such server"));
  EXPECT_TRUE(error.Is(v1::ERROR_DOMAIN_STREAMPAIR, v1::STREAMPAIR_CODE_CLIENT_GONE));
  EXPECT_EQ(error.symbol(), "CLIENT_GONE");
  EXPECT_EQ(error.message(), "no such server");
  EXPECT_EQ(error.origin(), StreamError::Origin::kTransport);
  EXPECT_EQ(error.status_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(error.retryable());
}

TEST(StreamError, DetailsThatCannotBeReadCountAsNone) {
  const StreamError error =
      StreamError::FromStatus(grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "x", "\xFF\xFF"));
  EXPECT_TRUE(error.Is(v1::ERROR_DOMAIN_STREAMPAIR, v1::STREAMPAIR_CODE_UNIMPLEMENTED));
  EXPECT_EQ(error.origin(), StreamError::Origin::kTransport);
}

TEST(StreamError, NamesNumbersThatItDoesNotKnow) {
  EXPECT_EQ(DomainText(v1::ERROR_DOMAIN_NET_DB), "NET_DB");
  EXPECT_EQ(DomainText(v1::ERROR_DOMAIN_CUSTOM), "CUSTOM");
  EXPECT_EQ(DomainText(4711), "4711");
  EXPECT_EQ(DomainText(0), "");
  EXPECT_EQ(StageText(static_cast<v1::ErrorStage>(99)), "99");
  EXPECT_EQ(StageText(v1::ERROR_STAGE_UNSPECIFIED), "");
  EXPECT_EQ(ReasonText(static_cast<v1::ErrorReason>(99)), "99");
  EXPECT_EQ(ReasonText(v1::ERROR_REASON_DNS_TIMEOUT), "dns_timeout");
}

TEST(ClientErrors, SayWhoMadeThem) {
  EXPECT_EQ(ResetHere().origin(), StreamError::Origin::kClient);
  EXPECT_EQ(ResetHere().ToString(),
            "RESET_BY_CLIENT (STREAMPAIR, 0, 20) at stage stream: the stream was reset by this "
            "client");
  EXPECT_TRUE(PairOver().Is(v1::ERROR_DOMAIN_POSIX, 32));
  EXPECT_EQ(RpcLost(grpc::Status::OK).origin(), StreamError::Origin::kTransport);
  EXPECT_EQ(ServerSilent().status_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace streampair::client
