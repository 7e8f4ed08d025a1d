// Transfer through a real server: that it is plugged in, and lives by the same rules as the other
// RPCs.
#include "server/caller_pairs.h"

#include <sys/socket.h>

#include <thread>

#include "core/base/unique_fd.h"
#include "core/testing/loopback_listener.h"
#include "gtest/gtest.h"
#include "server/testing/running_server.h"

namespace streampair {
namespace {

using grpc::StatusCode;

// One Transfer with channel 0.
class Transfer {
 public:
  explicit Transfer(v1::StreamPairService::Stub& stub) : stream_(stub.Transfer(&context_)) {}

  void Send(const v1::ClientFrame& frame) {
    v1::TransferRequest request;
    *request.add_frames() = frame;
    EXPECT_TRUE(stream_->Write(request));
  }
  void Attach(const v1::StreamPairSpec& spec) {
    v1::ClientFrame frame;
    *frame.mutable_attach()->mutable_create() = spec;
    Send(frame);
  }
  void AttachTo(const std::string& name) {
    v1::ClientFrame frame;
    frame.mutable_attach()->set_name(name);
    Send(frame);
  }
  void SendData(const std::string& payload) {
    v1::ClientFrame frame;
    frame.mutable_data()->set_payload(payload);
    Send(frame);
  }
  void SendFinish() {
    v1::ClientFrame frame;
    frame.mutable_finish();
    Send(frame);
  }
  // The next frame of that kind; others are passed over, their data kept in `data`.
  v1::ServerFrame Await(v1::ServerFrame::ContentCase kind) {
    while (true) {
      while (!waiting_.empty()) {
        const v1::ServerFrame frame = waiting_.front();
        waiting_.erase(waiting_.begin());
        if (frame.has_data()) data += frame.data().payload();
        if (frame.content_case() == kind) return frame;
      }
      v1::TransferResponse response;
      if (!stream_->Read(&response)) {
        ADD_FAILURE() << "the stream ended before a frame of kind " << kind;
        return {};
      }
      waiting_.assign(response.frames().begin(), response.frames().end());
    }
  }
  grpc::Status Finish() {
    stream_->WritesDone();
    v1::TransferResponse response;
    while (stream_->Read(&response)) {
    }
    return stream_->Finish();
  }

  std::string data;

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::TransferRequest, v1::TransferResponse>> stream_;
  std::vector<v1::ServerFrame> waiting_;
};

class CallerPairsTest : public ::testing::Test {
 protected:
  LoopbackListener target_;
  RunningServer server_;
};

TEST_F(CallerPairsTest, OneRpcMakesOpensAndUsesAPair) {
  std::thread peer([&] {
    const UniqueFd socket = target_.Accept();
    char buffer[64];
    ssize_t n;
    while ((n = recv(socket.get(), buffer, sizeof(buffer), 0)) > 0) {
      send(socket.get(), buffer, static_cast<size_t>(n), MSG_NOSIGNAL);
    }
  });
  Transfer transfer(server_.stub());
  transfer.Attach(SpecTo(target_.endpoint()));
  transfer.SendData("hello, ");
  const std::string name = transfer.Await(v1::ServerFrame::kAttached).attached().name();
  EXPECT_EQ(server_.MustGet(name).hold_timeout().seconds(), 0);
  transfer.SendData("target");
  transfer.SendFinish();
  const v1::End end = transfer.Await(v1::ServerFrame::kEnd).end();
  EXPECT_FALSE(end.has_error()) << end.ShortDebugString();
  EXPECT_EQ(end.bytes_read(), 13u);
  EXPECT_EQ(end.bytes_written(), 13u);
  EXPECT_EQ(transfer.data, "hello, target");
  EXPECT_TRUE(transfer.Finish().ok());
  peer.join();
  EXPECT_TRUE(Eventually([&] { return server_.server().pairs() == 0; }));
  EXPECT_TRUE(Eventually([&] { return server_.LogLines(" pair_closed ").size() == 1; }));
  EXPECT_NE(server_.LogLines(" pair_closed ")[0].find(" bytes_read=13 bytes_written=13 "),
            std::string::npos);
  EXPECT_EQ(server_.LogLines(" end_kind=fin").size(), 1u);
}

TEST_F(CallerPairsTest, ChecksWhatAnAttachFrameAsksFor) {
  v1::StreamPairSpec spec;
  spec.mutable_target()->mutable_host()->set_name("a");
  spec.mutable_target()->mutable_host()->set_port(65536);
  Transfer transfer(server_.stub());
  transfer.Attach(spec);
  const v1::StreamError error = transfer.Await(v1::ServerFrame::kEnd).end().error();
  EXPECT_EQ(error.domain(), v1::ERROR_DOMAIN_STREAMPAIR);
  EXPECT_EQ(error.code(), v1::STREAMPAIR_CODE_INVALID_REQUEST);
  EXPECT_NE(error.message().find("attach.create.target.host.port"), std::string::npos);
  EXPECT_EQ(transfer.Finish().error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(server_.server().pairs(), 0u);
}

TEST_F(CallerPairsTest, KnowsOnlyTheCallersPairs) {
  const std::string name = server_.MustCreate(target_.endpoint()).name();
  Transfer foreign(server_.unix_stub());
  foreign.AttachTo(name);
  EXPECT_EQ(foreign.Await(v1::ServerFrame::kEnd).end().error().code(),
            v1::STREAMPAIR_CODE_PAIR_NOT_FOUND);
  EXPECT_EQ(foreign.Finish().error_code(), StatusCode::NOT_FOUND);
  EXPECT_EQ(server_.MustGet(name).read_status(), v1::STREAM_STATUS_NOT_OPEN);

  Transfer own(server_.stub());
  own.AttachTo(name);
  EXPECT_EQ(own.Await(v1::ServerFrame::kAttached).attached().name(), name);
}

TEST_F(CallerPairsTest, RefusesPropertiesByTheSameRules) {
  Transfer transfer(server_.stub());
  transfer.Attach(SpecTo(target_.endpoint()));
  transfer.Await(v1::ServerFrame::kAttached);
  v1::ClientFrame frame;
  frame.mutable_set_property()->set_id(7);
  frame.mutable_set_property()->mutable_property()->set_no_delay(true);
  transfer.Send(frame);
  const v1::PropertyResult late =
      transfer.Await(v1::ServerFrame::kPropertyResult).property_result();
  EXPECT_EQ(late.id(), 7u);
  EXPECT_EQ(late.error().code(), v1::STREAMPAIR_CODE_WRONG_STATE);
  frame.mutable_set_property()->mutable_property()->set_connection_is_cellular(false);
  transfer.Send(frame);
  EXPECT_EQ(transfer.Await(v1::ServerFrame::kPropertyResult).property_result().error().code(),
            v1::STREAMPAIR_CODE_INVALID_REQUEST);
}

TEST_F(CallerPairsTest, IsToldOfDraining) {
  Transfer transfer(server_.stub());
  transfer.Attach(SpecTo(target_.endpoint()));
  transfer.Await(v1::ServerFrame::kAttached);
  server_.server().BeginDrain(absl::Seconds(7));
  EXPECT_EQ(transfer.Await(v1::ServerFrame::kDraining).draining().grace().seconds(), 7);
  std::thread stop([&] { server_.server().Stop(absl::Seconds(5)); });
  EXPECT_EQ(transfer.Await(v1::ServerFrame::kEnd).end().error().code(),
            v1::STREAMPAIR_CODE_DRAINING);
  EXPECT_EQ(transfer.Finish().error_code(), StatusCode::UNAVAILABLE);
  stop.join();
}

}  // namespace
}  // namespace streampair
