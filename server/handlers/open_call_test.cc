// OpenStream, through a real server.
#include "server/handlers/open_call.h"

#include <thread>

#include "core/testing/loopback_listener.h"
#include "gtest/gtest.h"
#include "server/testing/running_server.h"

namespace streampair {
namespace {

using grpc::StatusCode;

class OpenCallTest : public ::testing::Test {
 protected:
  grpc::Status Open(const v1::OpenStreamRequest& request, absl::Duration deadline,
                    v1::OpenStreamResponse* response) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + deadline));
    return server_.stub().OpenStream(&context, request, response);
  }
  v1::OpenStreamRequest For(const std::string& name) {
    v1::OpenStreamRequest request;
    request.set_name(name);
    return request;
  }

  LoopbackListener target_;
  RunningServer server_;
  v1::OpenStreamResponse response_;
};

TEST_F(OpenCallTest, AnswersWhenThePairIsOpen) {
  for (const v1::OpenWait wait :
       {v1::OPEN_WAIT_UNSPECIFIED, v1::OPEN_WAIT_CONNECTED, v1::OPEN_WAIT_READY}) {
    v1::OpenStreamRequest request = For(server_.MustCreate(target_.endpoint()).name());
    request.set_wait_until(wait);
    ASSERT_TRUE(Open(request, absl::Seconds(10), &response_).ok());
    const v1::StreamPair& pair = response_.stream_pair();
    EXPECT_EQ(pair.read_status(), v1::STREAM_STATUS_OPEN);
    EXPECT_EQ(pair.write_status(), v1::STREAM_STATUS_OPEN);
    EXPECT_EQ(pair.remote_address(), target_.endpoint().ToString());
    EXPECT_NE(pair.local_address(), "");
    EXPECT_TRUE(pair.has_connect_time());
    EXPECT_EQ(pair.attempts_size(), 1);
  }
  EXPECT_TRUE(Eventually([&] { return server_.LogLines(" pair_opened ").size() == 3; }));
}

TEST_F(OpenCallTest, OpensHalvesOneByOne) {
  v1::OpenStreamRequest request = For(server_.MustCreate(target_.endpoint()).name());
  request.set_half(v1::HALF_WRITE);
  ASSERT_TRUE(Open(request, absl::Seconds(10), &response_).ok());
  EXPECT_EQ(response_.stream_pair().read_status(), v1::STREAM_STATUS_NOT_OPEN);
  EXPECT_EQ(response_.stream_pair().write_status(), v1::STREAM_STATUS_OPEN);
  request.set_half(v1::HALF_READ);
  ASSERT_TRUE(Open(request, absl::Seconds(10), &response_).ok());
  EXPECT_EQ(response_.stream_pair().read_status(), v1::STREAM_STATUS_OPEN);

  const grpc::Status again = Open(request, absl::Seconds(10), &response_);
  EXPECT_EQ(again.error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_TRUE(Says(again, StreampairCode::kWrongState));
}

TEST_F(OpenCallTest, ReportsTheFailureAndKeepsIt) {
  const ClosedPort closed;
  const std::string name = server_.MustCreate(closed.endpoint()).name();
  const grpc::Status status = Open(For(name), absl::Seconds(10), &response_);
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  const v1::StreamError error = StreamErrorOf(status);
  EXPECT_EQ(error.domain(), v1::ERROR_DOMAIN_POSIX);
  EXPECT_EQ(error.symbol(), "ECONNREFUSED");
  EXPECT_EQ(error.stage(), v1::ERROR_STAGE_CONNECT);
  EXPECT_EQ(error.reason(), v1::ERROR_REASON_CONNECTION_REFUSED);
  EXPECT_EQ(error.address(), closed.endpoint().ToString());

  const v1::StreamPair pair = server_.MustGet(name);
  EXPECT_EQ(pair.read_status(), v1::STREAM_STATUS_ERROR);
  EXPECT_EQ(pair.error().symbol(), "ECONNREFUSED");
  EXPECT_EQ(StreamErrorOf(Open(For(name), absl::Seconds(10), &response_)).symbol(), "ECONNREFUSED");
  EXPECT_TRUE(Eventually([&] { return server_.LogLines(" pair_failed ").size() == 1; }));
}

TEST_F(OpenCallTest, LeavesThePairOpeningWhenTheDeadlinePasses) {
  const SilentListener silent;
  const std::string name = server_.MustCreate(silent.endpoint()).name();
  EXPECT_EQ(Open(For(name), absl::Milliseconds(50), &response_).error_code(),
            StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(server_.MustGet(name).read_status(), v1::STREAM_STATUS_OPENING);
}

TEST_F(OpenCallTest, LeavesThePairOpeningWhenItIsCancelled) {
  const SilentListener silent;
  const std::string name = server_.MustCreate(silent.endpoint()).name();
  grpc::ClientContext context;
  std::thread call([&] {
    EXPECT_EQ(server_.stub().OpenStream(&context, For(name), &response_).error_code(),
              StatusCode::CANCELLED);
  });
  EXPECT_TRUE(
      Eventually([&] { return server_.MustGet(name).read_status() == v1::STREAM_STATUS_OPENING; }));
  context.TryCancel();
  call.join();
  EXPECT_EQ(server_.MustGet(name).read_status(), v1::STREAM_STATUS_OPENING);
}

TEST_F(OpenCallTest, EndsWhenThePairIsDeleted) {
  const SilentListener silent;
  const std::string name = server_.MustCreate(silent.endpoint()).name();
  std::thread call([&] {
    const grpc::Status status = Open(For(name), absl::Seconds(10), &response_);
    EXPECT_EQ(status.error_code(), StatusCode::CANCELLED);
    EXPECT_EQ(StreamErrorOf(status).symbol(), "ECANCELED");
  });
  EXPECT_TRUE(
      Eventually([&] { return server_.MustGet(name).read_status() == v1::STREAM_STATUS_OPENING; }));
  v1::DeleteStreamPairRequest request;
  request.set_name(name);
  v1::DeleteStreamPairResponse response;
  grpc::ClientContext context;
  EXPECT_TRUE(server_.stub().DeleteStreamPair(&context, request, &response).ok());
  call.join();
}

TEST_F(OpenCallTest, HonoursTheConnectTimeout) {
  const SilentListener silent;
  v1::StreamPairSpec spec = SpecTo(silent.endpoint());
  spec.add_properties()->mutable_timeouts()->mutable_connect()->set_nanos(50000000);
  const grpc::Status status =
      Open(For(server_.MustCreate(spec).name()), absl::Seconds(10), &response_);
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(StreamErrorOf(status).symbol(), "ETIMEDOUT");
  EXPECT_EQ(StreamErrorOf(status).stage(), v1::ERROR_STAGE_CONNECT);
}

TEST_F(OpenCallTest, RefusesWhatItDoesNotKnow) {
  v1::OpenStreamRequest request = For(server_.MustCreate(target_.endpoint()).name());
  request.set_half(static_cast<v1::Half>(77));
  request.set_wait_until(static_cast<v1::OpenWait>(78));
  const grpc::Status status = Open(request, absl::Seconds(10), &response_);
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(BadRequestOf(status).field_violations_size(), 2);
  EXPECT_EQ(Open(For("streamPairs/none"), absl::Seconds(10), &response_).error_code(),
            StatusCode::NOT_FOUND);

  v1::StreamPairSpec spec = SpecTo(target_.endpoint());
  spec.set_halves(v1::HALF_READ);
  request = For(server_.MustCreate(spec).name());
  request.set_half(v1::HALF_WRITE);
  EXPECT_TRUE(Says(Open(request, absl::Seconds(10), &response_), StreampairCode::kWrongState));
}

}  // namespace
}  // namespace streampair
