// The bytes of one stream in an RPC of its own, against a scripted server.
#include "clients/cpp/stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "clients/cpp/client.h"
#include "clients/cpp/result.h"
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
  options.handshake_timeout = absl::Seconds(7);
  options.resolve_timeout = absl::Seconds(8);
  options.unacknowledged_timeout = absl::Seconds(9);
  options.local_address = LocalAddress{.address = "127.0.0.1", .port = 5, .interface = "lo"};
  options.strategy = ConnectStrategy{.sequential = true, .family = v1::ADDRESS_FAMILY_IPV6};
  TlsOptions& tls = options.tls.emplace();
  tls.server_name = "";
  tls.alpn_protocols = {"h2", "http/1.1"};
  tls.trust_roots = {"root"};
  tls.trust_system_roots = true;
  tls.identity_pem = "pem";
  tls.min_version = v1::TLS_VERSION_1_3;
  tls.allow_expired_roots = tls.allow_no_chain = tls.allow_other_peer_name = true;
  Stream stream = client->Connect("example.com", 8080, options);
  EXPECT_TRUE(stream.Close(Soon()).ok());
  EXPECT_EQ(attach.window(), 100000u);
  EXPECT_EQ(attach.create().target().host().name(), "example.com");
  EXPECT_EQ(attach.create().target().host().port(), 8080);
  EXPECT_EQ(attach.create().labels().at("job"), "x");
  EXPECT_EQ(attach.create().hold_timeout().seconds(), 60);
  ASSERT_EQ(attach.create().properties_size(), 4);
  EXPECT_EQ(attach.create().properties(0).timeouts().connect().seconds(), 2);
  EXPECT_EQ(attach.create().properties(0).timeouts().connect().nanos(), 500000000);
  EXPECT_EQ(attach.create().properties(0).timeouts().handshake().seconds(), 7);
  EXPECT_EQ(attach.create().properties(0).timeouts().resolve().seconds(), 8);
  EXPECT_EQ(attach.create().properties(0).timeouts().unacknowledged().seconds(), 9);
  const v1::SslContext& context = attach.create().properties(1).ssl_context();
  EXPECT_EQ(context.ShortDebugString(),
            "min_version: TLS_VERSION_1_3 alpn_protocols: \"h2\" alpn_protocols: \"http/1.1\" "
            "server_name: \"\" trust_roots: \"root\" trust_system_roots: true "
            "settings { allows_expired_roots: true validates_certificate_chain: false "
            "peer_name_null: NULL_VALUE_UNSPECIFIED identity { pem: \"pem\" } }");
  EXPECT_EQ(attach.create().properties(2).local_address().ShortDebugString(),
            "address: \"127.0.0.1\" port: 5 interface: \"lo\"");
  EXPECT_EQ(attach.create().properties(3).connect_strategy().ShortDebugString(),
            "order: CONNECT_ORDER_SEQUENTIAL family: ADDRESS_FAMILY_IPV6");
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

// Answers a set of the channel.
void AnswerSet(Conversation& conversation, uint32_t channel, uint32_t id, int code = 0) {
  v1::ServerFrame frame;
  frame.set_channel(channel);
  frame.mutable_property_result()->set_id(id);
  if (code != 0) {
    *frame.mutable_property_result()->mutable_error() = PosixStreamError(code, "EX");
  }
  conversation.Send(frame);
}

void TellTls(Conversation& conversation, uint32_t channel) {
  v1::ServerFrame frame;
  frame.set_channel(channel);
  frame.mutable_event()->set_type(v1::STREAM_EVENT_TYPE_TLS_HANDSHAKE_COMPLETED);
  frame.mutable_event()->mutable_tls_handshake_report()->set_alpn_protocol("imap");
  conversation.Send(frame);
}

TEST(Stream, StartsTlsBetweenTheBytes) {
  std::vector<std::string> seen;
  ScriptedServer server([&](Conversation& conversation) {
    const uint32_t channel = conversation.Accept();
    conversation.SendData(channel, "ready\n");
    while (std::optional<v1::ClientFrame> frame = conversation.Next()) {
      if (frame->has_data()) seen.push_back(frame->data().payload());
      if (frame->has_set_property()) {
        const v1::SetPropertyFrame& set = frame->set_property();
        seen.push_back(set.property().ssl_context().settings().peer_name_value());
        EXPECT_EQ(set.read_offset(), 6u);
        AnswerSet(conversation, channel, set.id());
        TellTls(conversation, channel);
      }
      if (frame->has_finish()) {
        conversation.SendFinish(channel);
        conversation.SendEnd(channel);
      }
    }
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  Stream stream = client->Connect("example.com", 143);
  EXPECT_EQ(ReadSome(stream), "ready\n");
  EXPECT_FALSE(stream.open_info().tls);
  EXPECT_EQ(stream.Write("clear", Soon()).outcome, WriteOutcome::kDone);
  TlsOptions tls;
  tls.peer_name = "mail.example.com";
  const Result<v1::TlsHandshakeReport> report = stream.StartTls(tls, Soon());
  ASSERT_TRUE(report.ok()) << report.error().ToString();
  EXPECT_EQ(report->alpn_protocol(), "imap");
  EXPECT_EQ(stream.Write("secret", Soon()).outcome, WriteOutcome::kDone);
  EXPECT_TRUE(stream.Close(Soon()).ok());
  server.Stop();
  EXPECT_EQ(seen, (std::vector<std::string>{"clear", "mail.example.com", "secret"}));
}

TEST(Stream, ASetThatIsRefusedLeavesTheStreamAsItWas) {
  ScriptedServer server([](Conversation& conversation) {
    const uint32_t channel = conversation.Accept();
    while (std::optional<v1::ClientFrame> frame = conversation.Next()) {
      if (frame->has_set_property()) {
        AnswerSet(conversation, channel, frame->set_property().id(), 95);
      }
      if (frame->has_data()) conversation.SendData(channel, frame->data().payload());
      if (frame->has_finish()) {
        conversation.SendFinish(channel);
        conversation.SendEnd(channel);
      }
    }
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  Stream stream = client->Connect("example.com", 80);
  const Result<void> set = stream.SetProperty(v1::Property(), Soon());
  ASSERT_FALSE(set.ok());
  EXPECT_EQ(set.error().code(), 95);
  EXPECT_EQ(set.error().origin(), StreamError::Origin::kServer);
  EXPECT_EQ(stream.StartTls({}, Soon()).error().code(), 95);
  EXPECT_EQ(stream.Write("x", Soon()).outcome, WriteOutcome::kDone);
  EXPECT_EQ(ReadSome(stream), "x");
  v1::Property large;
  large.mutable_ssl_context()->add_trust_roots(std::string(2 << 20, 'x'));
  EXPECT_TRUE(stream.SetProperty(large, Soon()).error().Is(v1::ERROR_DOMAIN_STREAMPAIR, 19));
  stream.Finish();
  EXPECT_TRUE(stream.SetProperty(v1::Property(), Soon())
                  .error()
                  .Is(v1::ERROR_DOMAIN_STREAMPAIR, v1::STREAMPAIR_CODE_AFTER_FINISH));
  EXPECT_TRUE(stream.Close(Soon()).ok());
}

TEST(Stream, WhoWaitsForASetLearnsOfTheEnd) {
  absl::Notification set_came, go;
  ScriptedServer server([&](Conversation& conversation) {
    const uint32_t channel = conversation.Accept();
    while (std::optional<v1::ClientFrame> frame = conversation.Next()) {
      if (!frame->has_set_property() || set_came.HasBeenNotified()) continue;
      set_came.Notify();
      go.WaitForNotification();
      conversation.SendEnd(channel, PosixStreamError(104, "ECONNRESET"));
    }
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  Stream stream = client->Connect("example.com", 80);
  EXPECT_TRUE(
      stream.SetProperty(v1::Property(), AtOnce()).error().Is(v1::ERROR_DOMAIN_POSIX, ETIMEDOUT));
  absl::Notification answered;
  Result<void> later;
  stream.SetProperty(v1::Property(), [&](Result<void> result) {
    later = std::move(result);
    answered.Notify();
  });
  set_came.WaitForNotification();
  go.Notify();
  ASSERT_TRUE(answered.WaitForNotificationWithTimeout(absl::Seconds(30)));
  EXPECT_TRUE(later.error().Is(v1::ERROR_DOMAIN_POSIX, 104));
  EXPECT_TRUE(stream.SetProperty(v1::Property(), Soon()).error().Is(v1::ERROR_DOMAIN_POSIX, 104));
}

TEST(Stream, AHandshakeThatFailsEndsTheStream) {
  ScriptedServer server([&](Conversation& conversation) {
    const uint32_t channel = conversation.Accept();
    while (std::optional<v1::ClientFrame> frame = conversation.Next()) {
      if (!frame->has_set_property()) continue;
      AnswerSet(conversation, channel, frame->set_property().id());
      conversation.SendEnd(channel, PosixStreamError(104, "ECONNRESET", v1::ERROR_STAGE_TLS));
    }
    return grpc::Status::OK;
  });
  auto client = Client::Make(server.address());
  Stream stream = client->Connect("example.com", 80);
  EXPECT_EQ(stream.StartTls({}, Soon()).error().stage(), v1::ERROR_STAGE_TLS);
  EXPECT_EQ(ReadsAs(stream), ReadOutcome::kError);
}

}  // namespace
}  // namespace streampair::client
