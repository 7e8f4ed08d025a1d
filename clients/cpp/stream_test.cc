// One stream in an RPC of its own, against a scripted server.
#include "clients/cpp/stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "clients/cpp/client.h"
#include "clients/cpp/scripted_server_test_util.h"

namespace streampair::client {
namespace {

using ReadOutcome = ReadResult::Outcome;
using WriteOutcome = WriteResult::Outcome;

// Far more than anything takes; a test that needs it has failed.
absl::Time Soon() { return absl::Now() + absl::Seconds(30); }
// For waits that are expected to time out.
absl::Time AtOnce() { return absl::Now() + absl::Milliseconds(50); }

std::string ReadSome(Stream& stream) {
  std::string buffer(1 << 20, '\0');
  const ReadResult result = stream.Read(absl::MakeSpan(buffer), Soon());
  EXPECT_EQ(result.outcome, ReadOutcome::kBytes);
  buffer.resize(result.bytes);
  return buffer;
}

std::string ReadAll(Stream& stream) {
  std::string all, buffer(1 << 20, '\0');
  for (;;) {
    const ReadResult result = stream.Read(absl::MakeSpan(buffer), Soon());
    if (result.outcome != ReadOutcome::kBytes) {
      EXPECT_EQ(result.outcome, ReadOutcome::kEnd);
      return all;
    }
    all.append(buffer, 0, result.bytes);
  }
}

ReadOutcome ReadsAs(Stream& stream, absl::Time deadline = Soon()) {
  char byte;
  return stream.Read(absl::MakeSpan(&byte, 1), deadline).outcome;
}

// Sends back what comes, and ends in order.
grpc::Status Echo(Conversation& conversation) {
  const uint32_t channel = conversation.Accept();
  std::string backlog;
  bool finished = false, ended = false;
  while (std::optional<v1::ClientFrame> frame = conversation.Next()) {
    if (frame->has_data()) {
      backlog += frame->data().payload();
      conversation.Grant(channel, static_cast<uint32_t>(frame->data().payload().size()));
    }
    finished |= frame->has_finish();
    const size_t size = std::min<size_t>(backlog.size(), conversation.credit(channel));
    if (size > 0) conversation.SendData(channel, absl::string_view(backlog).substr(0, size));
    backlog.erase(0, size);
    if (finished && backlog.empty() && !ended) {
      conversation.SendFinish(channel);
      conversation.SendEnd(channel);
      ended = true;
    }
  }
  return grpc::Status::OK;
}

TEST(Stream, CarriesBytesBothWaysAndEndsInOrder) {
  ScriptedServer server(Echo);
  auto client = Client::Make(server.address());
  Stream stream = client->Connect("example.com", 80);
  EXPECT_EQ(stream.Write("hello", Soon()).outcome, WriteOutcome::kDone);
  EXPECT_EQ(ReadSome(stream), "hello");
  EXPECT_EQ(stream.pair_name(), "streamPairs/scripted.0");
  stream.Finish();
  EXPECT_EQ(ReadsAs(stream), ReadOutcome::kEnd);
  const Result<EndInfo> end = stream.Close(Soon());
  ASSERT_TRUE(end.ok());
  EXPECT_EQ(end->bytes_written, 5u);
  EXPECT_EQ(end->finish_kind, v1::FINISH_KIND_FIN);
}

TEST(Stream, AsksForWhatItWasTold) {
  v1::Attach attach;
  ScriptedServer server([&](Conversation& conversation) {
    uint32_t channel = 99;
    attach = conversation.AwaitAttach(&channel);
    EXPECT_EQ(channel, 0u);
    conversation.SendEnd(channel);
    conversation.AwaitHalfClose();
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  PairOptions options;
  options.labels = {{"job", "x"}};
  options.connect_timeout = absl::Milliseconds(2500);
  options.hold = absl::Seconds(60);
  options.stream.window = 100000;
  Stream stream = client->Connect("example.com", 8080, options);
  EXPECT_TRUE(stream.Close(Soon()).ok());
  EXPECT_EQ(attach.window(), 100000u);
  EXPECT_EQ(attach.create().target().host().name(), "example.com");
  EXPECT_EQ(attach.create().target().host().port(), 8080);
  EXPECT_EQ(attach.create().labels().at("job"), "x");
  EXPECT_EQ(attach.create().hold_timeout().seconds(), 60);
  ASSERT_EQ(attach.create().properties_size(), 1);
  EXPECT_EQ(attach.create().properties(0).timeouts().connect().seconds(), 2);
  EXPECT_EQ(attach.create().properties(0).timeouts().connect().nanos(), 500000000);
}

TEST(Stream, MovesManyBytesExactly) {
  ScriptedServer server(Echo);
  auto client = Client::Make(server.address());
  Stream stream = client->Connect("example.com", 80);
  std::string bytes(20 << 20, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31 + (i >> 9));
  std::thread writer([&] {
    EXPECT_EQ(stream.Write(bytes, Soon()).outcome, WriteOutcome::kDone);
    stream.Finish();
  });
  const std::string echoed = ReadAll(stream);
  writer.join();
  EXPECT_TRUE(echoed == bytes);
  EXPECT_TRUE(stream.Close(Soon()).ok());
}

TEST(Stream, WritesOneByteAtATime) {
  ScriptedServer server(Echo);
  auto client = Client::Make(server.address());
  Stream stream = client->Connect("example.com", 80);
  std::string bytes;
  for (int i = 0; i < 1000; ++i) {
    bytes.push_back(static_cast<char>(i));
    ASSERT_EQ(stream.Write(absl::string_view(&bytes.back(), 1), Soon()).outcome,
              WriteOutcome::kDone);
  }
  stream.Finish();
  EXPECT_EQ(ReadAll(stream), bytes);
}

TEST(Stream, SendsOnlyWithinCreditAndHoldsBackTheWriter) {
  absl::Notification full, go;
  std::string received;
  ScriptedServer server([&](Conversation& conversation) {
    const uint32_t channel = conversation.Accept(/*window=*/100000);
    received = conversation.AwaitData(channel, 100000, /*grant=*/false);
    EXPECT_TRUE(conversation.last_starved(channel));
    // Nothing more comes, whatever the client has.
    EXPECT_TRUE(conversation.AwaitPong(1));
    EXPECT_EQ(conversation.received(channel), 100000u);
    full.Notify();
    go.WaitForNotification();
    // In pieces that fit nothing.
    conversation.Grant(channel, 1);
    received += conversation.AwaitData(channel, 100001, /*grant=*/false);
    conversation.Grant(channel, 77777);
    received += conversation.AwaitFinish(channel);
    conversation.SendFinish(channel);
    conversation.SendEnd(channel);
    conversation.AwaitHalfClose();
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  PairOptions options;
  options.stream.unsent_limit = 200000;
  Stream stream = client->Connect("example.com", 80, options);
  const std::string bytes(1 << 20, 'b');
  // The writer is told to wait once credit and the bound are used up: 100,000 went, 200,000 wait
  // here.
  size_t written = 0;
  for (;;) {
    const WriteResult result = stream.Write(absl::string_view(bytes).substr(written), AtOnce());
    ASSERT_EQ(result.outcome, WriteOutcome::kNotYet);
    written += result.bytes;
    if (full.HasBeenNotified() && result.bytes == 0) break;
  }
  EXPECT_EQ(written, 300000u);
  EXPECT_EQ(stream.TryWrite("x").outcome, WriteOutcome::kNotYet);
  go.Notify();
  EXPECT_EQ(stream.Write(absl::string_view(bytes).substr(written), Soon()).outcome,
            WriteOutcome::kDone);
  stream.Finish();
  EXPECT_EQ(ReadsAs(stream), ReadOutcome::kEnd);
  EXPECT_TRUE(stream.Close(Soon()).ok());
  EXPECT_TRUE(received == bytes);
}

TEST(Stream, GrantsCreditOnlyAsTheApplicationReads) {
  constexpr size_t kWindow = 100000;
  absl::Notification sent, nothing_granted, still_nothing_granted, half_granted;
  ScriptedServer server([&](Conversation& conversation) {
    const uint32_t channel = conversation.Accept();
    conversation.SendData(channel, std::string(kWindow, 'a'), /*starved=*/true);
    sent.Notify();
    conversation.AwaitData(channel, 1);
    EXPECT_EQ(conversation.credit(channel), 0u);
    nothing_granted.Notify();
    conversation.AwaitData(channel, 2);
    EXPECT_EQ(conversation.credit(channel), 0u);
    still_nothing_granted.Notify();
    conversation.AwaitCredit(channel, 1);
    EXPECT_EQ(conversation.credit(channel), kWindow / 2);
    half_granted.Notify();
    conversation.AwaitFinish(channel);
    conversation.SendEnd(channel);
    conversation.AwaitHalfClose();
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  PairOptions options;
  options.stream.window = kWindow;
  Stream stream = client->Connect("example.com", 80, options);
  sent.WaitForNotification();
  stream.Write("1", Soon());
  nothing_granted.WaitForNotification();
  std::string buffer(kWindow, '\0');
  size_t read = 0;
  while (read < kWindow / 2 - 1) {
    read += stream.Read(absl::MakeSpan(buffer).subspan(0, kWindow / 2 - 1 - read), Soon()).bytes;
  }
  stream.Write("2", Soon());
  still_nothing_granted.WaitForNotification();
  ASSERT_EQ(stream.Read(absl::MakeSpan(buffer).subspan(0, 1), Soon()).bytes, 1u);
  half_granted.WaitForNotification();
  EXPECT_TRUE(stream.Close(Soon()).ok());
}

// Sends as fast as credit allows, as a server does whose target pours; returns the largest window.
uint64_t Pour(Conversation& conversation, uint32_t channel, size_t bytes, bool starved) {
  const std::string piece(size_t{1} << 20, 'p');
  while (bytes > 0) {
    conversation.AwaitCredit(channel, 1);
    const size_t size = std::min<size_t>({bytes, conversation.credit(channel), piece.size()});
    if (size == 0) break;
    bytes -= size;
    const bool last = size == conversation.credit(channel) && bytes > 0;
    conversation.SendData(channel, absl::string_view(piece).substr(0, size), starved && last);
  }
  return conversation.largest_window(channel);
}

uint64_t WindowAfterPouring(bool starved) {
  uint64_t window = 0;
  ScriptedServer server([&](Conversation& conversation) {
    const uint32_t channel = conversation.Accept();
    window = Pour(conversation, channel, size_t{64} << 20, starved);
    conversation.SendFinish(channel);
    conversation.AwaitFinish(channel);
    conversation.SendEnd(channel);
    conversation.AwaitHalfClose();
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  Stream stream = client->Connect("example.com", 80);
  EXPECT_EQ(ReadAll(stream).size(), size_t{64} << 20);
  EXPECT_TRUE(stream.Close(Soon()).ok());
  return window;
}

TEST(Stream, WindowGrowsToFourMegabytesForAReaderThatKeepsUp) {
  const uint64_t window = WindowAfterPouring(/*starved=*/true);
  EXPECT_LE(window, uint64_t{4} << 20);
  EXPECT_GT(window, uint64_t{2} << 20);
}

TEST(Stream, WindowDoesNotGrowUnlessTheServerIsStarved) {
  EXPECT_EQ(WindowAfterPouring(/*starved=*/false), uint64_t{256} << 10);
}

TEST(Stream, TargetMayFinishFirst) {
  std::string received;
  ScriptedServer server([&](Conversation& conversation) {
    const uint32_t channel = conversation.Accept();
    conversation.SendData(channel, "bye");
    conversation.SendFinish(channel);
    received = conversation.AwaitFinish(channel);
    conversation.SendEnd(channel);
    conversation.AwaitHalfClose();
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  Stream stream = client->Connect("example.com", 80);
  EXPECT_EQ(ReadAll(stream), "bye");
  EXPECT_EQ(stream.Write("still here", Soon()).outcome, WriteOutcome::kDone);
  stream.Finish();
  EXPECT_TRUE(stream.Close(Soon()).ok());
  EXPECT_EQ(received, "still here");
}

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

TEST(Stream, CallbacksTellOfBytesRoomAndEnd) {
  absl::Notification go;
  ScriptedServer server([&](Conversation& conversation) {
    const uint32_t channel = conversation.Accept(/*window=*/65536);
    go.WaitForNotification();
    conversation.SendData(channel, "bytes");
    conversation.AwaitFinish(channel);
    conversation.SendFinish(channel);
    conversation.SendEnd(channel);
    conversation.AwaitHalfClose();
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  PairOptions options;
  options.stream.unsent_limit = 65536;
  Stream stream = client->Connect("example.com", 80, options);
  ASSERT_TRUE(stream.WaitReady(Soon()).ok());
  const std::string bytes(size_t{1} << 20, 'w');
  size_t written = 0;
  while (stream.TryWrite(absl::string_view(bytes).substr(written, 50000)).outcome ==
         WriteOutcome::kDone) {
    written += 50000;
  }
  absl::Notification readable, writable;
  EXPECT_EQ(ReadsAs(stream, absl::InfinitePast()), ReadOutcome::kNotYet);
  ASSERT_TRUE(stream.NotifyReadable([&] { readable.Notify(); }));
  if (!stream.NotifyWritable([&] { writable.Notify(); })) writable.Notify();
  go.Notify();
  EXPECT_TRUE(readable.WaitForNotificationWithTimeout(absl::Seconds(30)));
  EXPECT_TRUE(writable.WaitForNotificationWithTimeout(absl::Seconds(30)));
  // What is there already calls nobody.
  EXPECT_FALSE(stream.NotifyReadable([] { FAIL(); }));
  EXPECT_EQ(ReadSome(stream), "bytes");
  absl::Notification end;
  ASSERT_TRUE(stream.NotifyReadable([&] { end.Notify(); }));
  stream.Finish();
  EXPECT_TRUE(end.WaitForNotificationWithTimeout(absl::Seconds(30)));
  EXPECT_EQ(ReadsAs(stream), ReadOutcome::kEnd);
  EXPECT_FALSE(stream.NotifyWritable([] { FAIL(); }));
}

TEST(Stream, ResetForgetsCallbacks) {
  ScriptedServer server(Echo);
  auto client = Client::Make(server.address());
  Stream stream = client->Connect("example.com", 80);
  ASSERT_TRUE(stream.WaitReady(Soon()).ok());
  auto guard = std::make_shared<int>(0);
  ASSERT_TRUE(stream.NotifyReadable([guard] { FAIL(); }));
  EXPECT_EQ(guard.use_count(), 2);
  stream.Reset();
  EXPECT_EQ(guard.use_count(), 1);
  stream.Close(Soon()).ok();
}

TEST(Stream, AReadHalfAloneNeverFinishes) {
  ScriptedServer server([&](Conversation& conversation) {
    uint32_t channel = 0;
    EXPECT_EQ(conversation.AwaitAttach(&channel).halves(), v1::HALF_READ);
    conversation.AnswerAttach(channel);
    conversation.SendData(channel, "only this way");
    conversation.SendFinish(channel);
    EXPECT_TRUE(conversation.AwaitPong(1));
    conversation.SendEnd(channel);
    while (std::optional<v1::ClientFrame> frame = conversation.Next()) {
      EXPECT_FALSE(frame->has_finish());
    }
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  PairOptions options;
  options.stream.halves = v1::HALF_READ;
  Stream stream = client->Connect("example.com", 80, options);
  EXPECT_EQ(stream.Write("x", Soon()).outcome, WriteOutcome::kError);
  EXPECT_EQ(ReadAll(stream), "only this way");
  stream.Finish();
  EXPECT_TRUE(stream.Close(Soon()).ok());
}

}  // namespace
}  // namespace streampair::client
