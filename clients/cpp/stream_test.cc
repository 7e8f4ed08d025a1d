// The bytes of one stream in an RPC of its own, against a scripted server.
#include "clients/cpp/stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>

#include "absl/synchronization/notification.h"
#include "clients/cpp/client.h"
#include "clients/cpp/scripted_server_test_util.h"
#include "clients/cpp/stream_test_util.h"

namespace streampair::client {
namespace {

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
