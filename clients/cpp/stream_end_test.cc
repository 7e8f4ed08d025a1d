// How one stream ends, in order and not, against a scripted server.
#include "clients/cpp/stream.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "clients/cpp/client.h"
#include "clients/cpp/scripted_server_test_util.h"
#include "clients/cpp/stream_test_util.h"

namespace streampair::client {
namespace {

TEST(Stream, HalfClosesTheRpcOnlyAfterTheEnd) {
  ScriptedServer server([&](Conversation& conversation) {
    const uint32_t channel = conversation.Accept();
    conversation.AwaitFinish(channel);
    conversation.SendFinish(channel);
    EXPECT_TRUE(conversation.AwaitPong(7)) << "the RPC was half-closed before the end frame";
    conversation.SendEnd(channel);
    EXPECT_TRUE(conversation.AwaitHalfClose());
    // What a balancer may make of it.
    return grpc::Status(grpc::StatusCode::CANCELLED, "noise");
  });
  auto client = Client::Make(server.address());
  Stream stream = client->Connect("example.com", 80);
  stream.Finish();
  EXPECT_EQ(ReadsAs(stream), ReadOutcome::kEnd);
  const Result<EndInfo> end = stream.Close(Soon());
  EXPECT_TRUE(end.ok()) << end.error().ToString();
}

TEST(Stream, ResetReachesTheServer) {
  bool reset = false, half_closed = false;
  ScriptedServer server([&](Conversation& conversation) {
    const uint32_t channel = conversation.Accept();
    conversation.SendData(channel, "unread");
    reset = conversation.AwaitReset(channel);
    half_closed = conversation.AwaitHalfClose();
    conversation.SendData(channel, "too late");
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  Stream stream = client->Connect("example.com", 80);
  ASSERT_TRUE(stream.WaitReady(Soon()).ok());
  stream.Reset();
  EXPECT_EQ(ReadsAs(stream), ReadOutcome::kError);
  const WriteResult write = stream.Write("x", Soon());
  ASSERT_EQ(write.outcome, WriteOutcome::kError);
  EXPECT_TRUE(write.error->Is(v1::ERROR_DOMAIN_STREAMPAIR, v1::STREAMPAIR_CODE_RESET_BY_CLIENT));
  EXPECT_FALSE(stream.Close(Soon()).ok());
  EXPECT_TRUE(reset);
  EXPECT_TRUE(half_closed);
}

TEST(Stream, GoingAwayIsAReset) {
  absl::Notification reset;
  ScriptedServer server([&](Conversation& conversation) {
    const uint32_t channel = conversation.Accept();
    if (conversation.AwaitReset(channel)) reset.Notify();
    conversation.AwaitHalfClose();
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  {
    Stream stream = client->Connect("example.com", 80);
    ASSERT_TRUE(stream.WaitReady(Soon()).ok());
  }
  EXPECT_TRUE(reset.WaitForNotificationWithTimeout(absl::Seconds(30)));
}

TEST(Stream, GoingAwayAfterAnOrderlyEndLosesNothing) {
  absl::Notification gone, over;
  std::string received;
  ScriptedServer server([&](Conversation& conversation) {
    const uint32_t channel = conversation.Accept(/*window=*/65536);
    conversation.SendFinish(channel);
    gone.WaitForNotification();
    received = conversation.AwaitFinish(channel);
    conversation.SendEnd(channel);
    EXPECT_TRUE(conversation.AwaitHalfClose());
    over.Notify();
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  const std::string bytes(200000, 'z');
  {
    Stream stream = client->Connect("example.com", 80);
    EXPECT_EQ(stream.Write(bytes, Soon()).outcome, WriteOutcome::kDone);
    stream.Finish();
    EXPECT_EQ(ReadsAs(stream), ReadOutcome::kEnd);
  }
  gone.Notify();
  ASSERT_TRUE(over.WaitForNotificationWithTimeout(absl::Seconds(30)));
  EXPECT_EQ(received, bytes);
}

TEST(Stream, TooLargeARequestIsRefusedHere) {
  ScriptedServer server([](Conversation& conversation) {
    EXPECT_FALSE(conversation.Next());
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  PairOptions options;
  options.labels["x"] = std::string(2 << 20, 'x');
  Stream stream = client->Connect("example.com", 80, options);
  EXPECT_EQ(ReadsAs(stream), ReadOutcome::kError);
  EXPECT_TRUE(stream.error()->Is(v1::ERROR_DOMAIN_STREAMPAIR, 19));
}

TEST(Stream, ReportsARefusedTargetEverywhere) {
  ScriptedServer server([&](Conversation& conversation) {
    uint32_t channel = 0;
    conversation.AwaitAttach(&channel);
    v1::StreamError error = PosixStreamError(111, "ECONNREFUSED");
    conversation.SendEnd(channel, error);
    conversation.AwaitHalfClose();
    return StatusWith(grpc::StatusCode::UNAVAILABLE, error);
  });
  auto client = Client::Make(server.address());
  Stream stream = client->Connect("example.com", 80);
  const Result<OpenInfo> open = stream.WaitConnected(Soon());
  ASSERT_FALSE(open.ok());
  EXPECT_TRUE(open.error().Is(v1::ERROR_DOMAIN_POSIX, 111));
  EXPECT_EQ(open.error().origin(), StreamError::Origin::kServer);
  EXPECT_EQ(ReadsAs(stream), ReadOutcome::kError);
  EXPECT_EQ(stream.Write("x", Soon()).outcome, WriteOutcome::kError);
  ASSERT_TRUE(stream.error());
  EXPECT_EQ(stream.error()->stage(), v1::ERROR_STAGE_CONNECT);
  EXPECT_FALSE(stream.Close(Soon()).ok());
}

TEST(Stream, DeliversTheBytesBeforeTheError) {
  ScriptedServer server([&](Conversation& conversation) {
    const uint32_t channel = conversation.Accept();
    conversation.SendData(channel, "before");
    conversation.SendEnd(channel, PosixStreamError(104, "ECONNRESET", v1::ERROR_STAGE_STREAM));
    conversation.AwaitHalfClose();
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  Stream stream = client->Connect("example.com", 80);
  EXPECT_EQ(ReadSome(stream), "before");
  EXPECT_EQ(ReadsAs(stream), ReadOutcome::kError);
  EXPECT_TRUE(stream.error()->Is(v1::ERROR_DOMAIN_POSIX, 104));
}

TEST(Stream, TellsWhereItLeads) {
  ScriptedServer server(Echo);
  auto client = Client::Make(server.address());
  Stream stream = client->Connect("example.com", 80);
  const Result<OpenInfo> open = stream.WaitReady(Soon());
  ASSERT_TRUE(open.ok());
  EXPECT_TRUE(open->connected && open->ready);
  EXPECT_EQ(open->remote_address, "192.0.2.1:80");
  EXPECT_EQ(open->local_address, "192.0.2.2:4711");
}

TEST(Stream, AnUnreachableServerIsATransportError) {
  std::string address;
  { address = ScriptedServer(Echo).address(); }
  auto client = Client::Make(address);
  Stream stream = client->Connect("example.com", 80);
  EXPECT_EQ(ReadsAs(stream), ReadOutcome::kError);
  ASSERT_TRUE(stream.error());
  EXPECT_EQ(stream.error()->origin(), StreamError::Origin::kTransport);
  EXPECT_EQ(stream.error()->status_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST(Stream, ACutRpcIsATransportError) {
  absl::Notification accepted;
  ScriptedServer server([&](Conversation& conversation) {
    const uint32_t channel = conversation.Accept();
    conversation.SendData(channel, "before");
    accepted.Notify();
    conversation.AwaitHalfClose();
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  Stream stream = client->Connect("example.com", 80);
  EXPECT_EQ(ReadSome(stream), "before");
  accepted.WaitForNotification();
  std::thread killer([&] { server.Stop(); });
  EXPECT_EQ(ReadsAs(stream), ReadOutcome::kError);
  killer.join();
  EXPECT_EQ(stream.error()->origin(), StreamError::Origin::kTransport);
  EXPECT_EQ(stream.Write("x", Soon()).outcome, WriteOutcome::kError);
}

TEST(Stream, AStatusWithDetailsAndNoEndIsTheServersWord) {
  ScriptedServer server([&](Conversation& conversation) {
    conversation.AwaitAttach();
    v1::StreamError error;
    error.set_domain(v1::ERROR_DOMAIN_STREAMPAIR);
    error.set_code(v1::STREAMPAIR_CODE_MALFORMED_MESSAGE);
    return StatusWith(grpc::StatusCode::INVALID_ARGUMENT, error);
  });
  auto client = Client::Make(server.address());
  Stream stream = client->Connect("example.com", 80);
  EXPECT_EQ(ReadsAs(stream), ReadOutcome::kError);
  EXPECT_TRUE(stream.error()->Is(v1::ERROR_DOMAIN_STREAMPAIR, 11));
  EXPECT_EQ(stream.error()->origin(), StreamError::Origin::kServer);
}

TEST(Stream, AnOkStatusWithoutAnEndIsALoss) {
  ScriptedServer server([&](Conversation& conversation) {
    conversation.Accept();
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  Stream stream = client->Connect("example.com", 80);
  EXPECT_EQ(ReadsAs(stream), ReadOutcome::kError);
  EXPECT_TRUE(stream.error()->Is(v1::ERROR_DOMAIN_STREAMPAIR, v1::STREAMPAIR_CODE_CLIENT_GONE));
}

TEST(Stream, DeadlinesLeaveItAsItWas) {
  absl::Notification go;
  ScriptedServer server([&](Conversation& conversation) {
    uint32_t channel = 0;
    conversation.AwaitAttach(&channel);
    go.WaitForNotification();
    conversation.AnswerAttach(channel);
    conversation.SendData(channel, "late");
    conversation.AwaitFinish(channel);
    conversation.SendEnd(channel);
    conversation.AwaitHalfClose();
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  Stream stream = client->Connect("example.com", 80);
  EXPECT_EQ(ReadsAs(stream, AtOnce()), ReadOutcome::kNotYet);
  EXPECT_EQ(ReadsAs(stream, absl::InfinitePast()), ReadOutcome::kNotYet);
  const Result<OpenInfo> open = stream.WaitConnected(AtOnce());
  ASSERT_TRUE(open.ok());
  EXPECT_FALSE(open->connected);
  go.Notify();
  EXPECT_EQ(ReadSome(stream), "late");
  EXPECT_TRUE(stream.Close(Soon()).ok());
}

TEST(Stream, TheDeadlineOfTheRpcEndsIt) {
  ScriptedServer server([&](Conversation& conversation) {
    conversation.Accept();
    conversation.AwaitHalfClose();
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  PairOptions options;
  options.carrier.deadline = absl::Now() + absl::Milliseconds(200);
  Stream stream = client->Connect("example.com", 80, options);
  EXPECT_EQ(ReadsAs(stream), ReadOutcome::kError);
  EXPECT_EQ(stream.error()->status_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST(Stream, ResetEndsCallsThatWait) {
  ScriptedServer server(Echo);
  auto client = Client::Make(server.address());
  Stream stream = client->Connect("example.com", 80);
  std::thread reader([&] { EXPECT_EQ(ReadsAs(stream), ReadOutcome::kError); });
  EXPECT_TRUE(stream.WaitReady(Soon()).ok());
  stream.Reset();
  reader.join();
}

TEST(Stream, CloseGivesUpAtItsDeadline) {
  bool reset = false;
  ScriptedServer server([&](Conversation& conversation) {
    const uint32_t channel = conversation.Accept();
    conversation.AwaitFinish(channel);
    conversation.SendData(channel, "and on and on");
    reset = conversation.AwaitReset(channel);
    conversation.AwaitHalfClose();
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  Stream stream = client->Connect("example.com", 80);
  ASSERT_TRUE(stream.WaitReady(Soon()).ok());
  const Result<EndInfo> end = stream.Close(AtOnce());
  ASSERT_FALSE(end.ok());
  EXPECT_TRUE(end.error().Is(v1::ERROR_DOMAIN_POSIX, 110));
  server.Stop();
  EXPECT_TRUE(reset);
}

TEST(Stream, CloseDropsWhatStillComes) {
  ScriptedServer server([&](Conversation& conversation) {
    const uint32_t channel = conversation.Accept();
    Pour(conversation, channel, size_t{8} << 20, /*starved=*/false);
    conversation.SendFinish(channel);
    conversation.SendEnd(channel);
    conversation.AwaitHalfClose();
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  Stream stream = client->Connect("example.com", 80);
  EXPECT_TRUE(stream.Close(Soon()).ok());
}

TEST(Stream, AServerThatNeverEndsTheRpcIsLeft) {
  absl::Notification left;
  ScriptedServer server([&](Conversation& conversation) {
    const uint32_t channel = conversation.Accept();
    conversation.SendEnd(channel);
    EXPECT_TRUE(conversation.AwaitHalfClose());
    left.WaitForNotification();
    // Fails once the client's cancellation is here.
    while (conversation.Send(v1::ServerFrame())) {
    }
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  PairOptions options;
  options.carrier.linger = absl::Milliseconds(100);
  Stream stream = client->Connect("example.com", 80, options);
  EXPECT_TRUE(stream.Close(Soon()).ok());
  left.Notify();
}

TEST(Stream, AnswersPingsAndSendsItsOwn) {
  ScriptedServer server([&](Conversation& conversation) {
    const uint32_t channel = conversation.Accept();
    uint64_t nonce = 42;
    // Its pings come between the answers to ours.
    while (conversation.AwaitPong(nonce) && conversation.pings() < 3) ++nonce;
    conversation.SendEnd(channel);
    conversation.AwaitHalfClose();
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  PairOptions options;
  options.carrier.heartbeat = absl::Milliseconds(50);
  Stream stream = client->Connect("example.com", 80, options);
  EXPECT_EQ(ReadsAs(stream), ReadOutcome::kEnd);
}

TEST(Stream, ASilentServerIsTakenForLost) {
  ScriptedServer server([&](Conversation& conversation) {
    conversation.IgnorePings();
    conversation.Accept();
    conversation.AwaitHalfClose();
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  PairOptions options;
  options.carrier.heartbeat = absl::Milliseconds(50);
  Stream stream = client->Connect("example.com", 80, options);
  EXPECT_EQ(ReadsAs(stream), ReadOutcome::kError);
  EXPECT_EQ(stream.error()->origin(), StreamError::Origin::kTransport);
  EXPECT_EQ(stream.error()->status_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST(Stream, AServerThatPassesItsCreditIsCutOff) {
  bool reset = false;
  ScriptedServer server([&](Conversation& conversation) {
    const uint32_t channel = conversation.Accept();
    v1::ServerFrame frame;
    frame.mutable_data()->set_payload(std::string(1001, 'x'));
    conversation.Send(frame);
    reset = conversation.AwaitReset(channel);
    conversation.AwaitHalfClose();
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  PairOptions options;
  options.stream.window = 1000;
  Stream stream = client->Connect("example.com", 80, options);
  EXPECT_EQ(ReadsAs(stream), ReadOutcome::kError);
  EXPECT_TRUE(stream.error()->Is(v1::ERROR_DOMAIN_STREAMPAIR, 10));
  EXPECT_EQ(stream.error()->origin(), StreamError::Origin::kClient);
  stream.Close(Soon()).ok();
  EXPECT_TRUE(reset);
}

}  // namespace
}  // namespace streampair::client
