// WatchStreamPair, through a real server.
#include "server/handlers/watch_call.h"

#include <sys/socket.h>

#include "core/testing/loopback_listener.h"
#include "gtest/gtest.h"
#include "server/testing/running_server.h"

namespace streampair {
namespace {

using grpc::StatusCode;

class WatchCallTest : public ::testing::Test {
 protected:
  WatchCallTest() : name_(server_.MustCreate(target_.endpoint()).name()) {}

  void Watch(const std::vector<v1::StreamEventType>& types = {}) {
    v1::WatchStreamPairRequest request;
    request.set_name(name_);
    for (const v1::StreamEventType type : types) request.add_types(type);
    reader_ = server_.stub().WatchStreamPair(&context_, request);
    reader_->WaitForInitialMetadata();
  }
  v1::StreamEvent Next() {
    v1::WatchStreamPairResponse response;
    EXPECT_TRUE(reader_->Read(&response));
    return response.event();
  }
  bool AtEnd() {
    v1::WatchStreamPairResponse response;
    return !reader_->Read(&response);
  }
  void Delete() {
    v1::DeleteStreamPairRequest request;
    request.set_name(name_);
    v1::DeleteStreamPairResponse response;
    grpc::ClientContext context;
    EXPECT_TRUE(server_.stub().DeleteStreamPair(&context, request, &response).ok());
  }

  LoopbackListener target_;
  RunningServer server_;
  std::string name_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::WatchStreamPairResponse>> reader_;
};

TEST_F(WatchCallTest, TellsThePairsWholeLife) {
  Watch();
  ASSERT_TRUE(server_.Open(name_).ok());
  const v1::StreamEvent opened = Next();
  EXPECT_EQ(opened.type(), v1::STREAM_EVENT_TYPE_OPEN_COMPLETED);
  EXPECT_EQ(opened.remote_address(), target_.endpoint().ToString());
  EXPECT_NE(opened.local_address(), "");
  EXPECT_TRUE(opened.has_time());
  EXPECT_EQ(Next().type(), v1::STREAM_EVENT_TYPE_READY);
  EXPECT_EQ(Next().type(), v1::STREAM_EVENT_TYPE_CAN_ACCEPT_BYTES);
  const UniqueFd socket = target_.Accept();
  ASSERT_EQ(send(socket.get(), "x", 1, 0), 1);
  EXPECT_EQ(Next().type(), v1::STREAM_EVENT_TYPE_HAS_BYTES_AVAILABLE);
  Delete();
  const v1::StreamEvent released = Next();
  EXPECT_EQ(released.type(), v1::STREAM_EVENT_TYPE_RELEASED);
  EXPECT_EQ(released.error().code(), static_cast<int>(StreampairCode::kPairReleased));
  EXPECT_TRUE(AtEnd());
  EXPECT_TRUE(reader_->Finish().ok());
}

TEST_F(WatchCallTest, BeginsWithWhatHolds) {
  ASSERT_TRUE(server_.Open(name_).ok());
  const UniqueFd socket = target_.Accept();
  ASSERT_EQ(send(socket.get(), "x", 1, 0), 1);
  Watch({v1::STREAM_EVENT_TYPE_OPEN_COMPLETED, v1::STREAM_EVENT_TYPE_READY,
         v1::STREAM_EVENT_TYPE_HAS_BYTES_AVAILABLE});
  EXPECT_EQ(Next().type(), v1::STREAM_EVENT_TYPE_OPEN_COMPLETED);
  EXPECT_EQ(Next().type(), v1::STREAM_EVENT_TYPE_READY);
  EXPECT_EQ(Next().type(), v1::STREAM_EVENT_TYPE_HAS_BYTES_AVAILABLE);
  Delete();
  EXPECT_TRUE(AtEnd()) << "RELEASED was not asked for";
  EXPECT_TRUE(reader_->Finish().ok());
}

TEST_F(WatchCallTest, TellsOfFailures) {
  const ClosedPort closed;
  name_ = server_.MustCreate(closed.endpoint()).name();
  Watch({v1::STREAM_EVENT_TYPE_ERROR_OCCURRED, v1::STREAM_EVENT_TYPE_RELEASED});
  EXPECT_FALSE(server_.Open(name_).ok());
  const v1::StreamEvent failed = Next();
  EXPECT_EQ(failed.type(), v1::STREAM_EVENT_TYPE_ERROR_OCCURRED);
  EXPECT_EQ(failed.error().symbol(), "ECONNREFUSED");
}

TEST_F(WatchCallTest, TellsEachWatcher) {
  Watch({v1::STREAM_EVENT_TYPE_RELEASED});
  v1::WatchStreamPairRequest request;
  request.set_name(name_);
  grpc::ClientContext context;
  auto second = server_.stub().WatchStreamPair(&context, request);
  second->WaitForInitialMetadata();
  Delete();
  EXPECT_EQ(Next().type(), v1::STREAM_EVENT_TYPE_RELEASED);
  v1::WatchStreamPairResponse response;
  EXPECT_TRUE(second->Read(&response));
  EXPECT_EQ(response.event().type(), v1::STREAM_EVENT_TYPE_RELEASED);
}

TEST_F(WatchCallTest, EndsWhenItIsCancelled) {
  Watch();
  context_.TryCancel();
  EXPECT_EQ(reader_->Finish().error_code(), StatusCode::CANCELLED);
  Delete();
}

TEST_F(WatchCallTest, RefusesUnknownTypes) {
  Watch({v1::STREAM_EVENT_TYPE_READY, v1::STREAM_EVENT_TYPE_UNSPECIFIED,
         static_cast<v1::StreamEventType>(99)});
  const grpc::Status status = reader_->Finish();
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  ASSERT_EQ(BadRequestOf(status).field_violations_size(), 2);
  EXPECT_EQ(BadRequestOf(status).field_violations(0).field(), "types[1]");
}

}  // namespace
}  // namespace streampair
