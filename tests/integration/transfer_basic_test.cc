// One pair, one RPC: how it begins, what its frames are, how each of its directions ends.
#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/harness/calls.h"
#include "tests/harness/frames.h"
#include "tests/harness/mailbox.h"
#include "tests/harness/server_process.h"
#include "tests/harness/stream_error.h"
#include "tests/harness/tcp_target.h"
#include "tests/harness/transfer_client.h"

namespace streampair::testing {
namespace {

using ::testing::MatchesRegex;
using ::testing::StartsWith;

class TransferBasic : public ::testing::Test {
 protected:
  ServerProcess server_;
  Calls calls_{server_.stub()};
};

TEST_F(TransferBasic, TheFirstMessageCreatesConfiguresOpensAndCarriesData) {
  TcpTarget target(Echo);
  v1::StreamPairSpec spec = SpecTo(target.port());
  *spec.add_properties()->mutable_timeouts()->mutable_connect() = ToProto(absl::Seconds(5));
  spec.add_properties()->set_no_delay(true);
  (*spec.mutable_labels())["test"] = "first-message";

  TransferClient rpc(server_.stub());
  rpc.Send({AttachNew(0, spec), DataFrame(0, "hello, "), DataFrame(0, "world"), FinishFrame(0)});
  const v1::End end = rpc.AwaitEnd();
  const ChannelLog log = rpc.log();

  EXPECT_THAT(log.attached->name(), StartsWith("streamPairs/"));
  EXPECT_GE(log.attached->window(), 65536);
  EXPECT_GT(FromProto(log.attached->heartbeat_interval()), absl::ZeroDuration());
  EXPECT_EQ(log.data, "hello, world");
  EXPECT_EQ(log.finish->kind(), v1::FINISH_KIND_FIN);
  EXPECT_FALSE(end.has_error());
  EXPECT_EQ(end.bytes_read(), 12);
  EXPECT_EQ(end.bytes_written(), 12);
  EXPECT_FALSE(end.held());
  // The attached frame first, the end frame last, the finish frame after the data.
  EXPECT_THAT(log.order, MatchesRegex("A[vWk]*D[DWk]*F[Wk]*E"));
  EXPECT_THAT(rpc.Leave(), IsOk());
  EXPECT_EQ(server_.Pairs(), 0);
}

TEST_F(TransferBasic, OpenCompletedAndReadyComeUnasked) {
  TcpTarget target(Echo);
  TransferClient rpc(server_.stub());
  rpc.Send({AttachNew(0, SpecTo(target.port()))});
  rpc.AwaitReady();
  const ChannelLog log = rpc.log();
  ASSERT_EQ(log.events.size(), 2);
  EXPECT_EQ(log.events[0].type(), v1::STREAM_EVENT_TYPE_OPEN_COMPLETED);
  EXPECT_EQ(log.events[0].remote_address(), target.address());
  EXPECT_THAT(log.events[0].local_address(), StartsWith("127.0.0.1:"));
  EXPECT_GT(log.events[0].time().seconds(), 0);
  EXPECT_EQ(log.events[1].type(), v1::STREAM_EVENT_TYPE_READY);
}

TEST_F(TransferBasic, AttachesToAPairByItsName) {
  TcpTarget target(Echo);
  const std::string name = calls_.MakePair(SpecTo(target.port()));
  const PairAnswer before = calls_.Get(name);
  ASSERT_THAT(before.status, IsOk());
  EXPECT_EQ(before.pair.read_status(), v1::STREAM_STATUS_NOT_OPEN);
  EXPECT_EQ(before.pair.write_status(), v1::STREAM_STATUS_NOT_OPEN);
  EXPECT_EQ(target.accepted(), 0) << "a pair is lazy";

  TransferClient rpc(server_.stub());
  rpc.Send({AttachTo(0, name), DataFrame(0, "hello")});
  EXPECT_EQ(rpc.AwaitData(0, 5), "hello");
  EXPECT_EQ(rpc.AwaitAttached().name(), name);

  const PairAnswer during = calls_.Get(name);
  EXPECT_EQ(during.pair.read_status(), v1::STREAM_STATUS_READING);
  EXPECT_TRUE(during.pair.read_attached());
  EXPECT_TRUE(during.pair.write_attached());
  EXPECT_FALSE(during.pair.has_expire_time());
  EXPECT_EQ(during.pair.remote_address(), target.address());
  EXPECT_EQ(during.pair.bytes_read(), 5);
  EXPECT_EQ(during.pair.bytes_written(), 5);
  ASSERT_EQ(during.pair.attempts_size(), 1);
  EXPECT_EQ(during.pair.attempts(0).address(), target.address());
  EXPECT_FALSE(during.pair.attempts(0).has_error());

  rpc.Send({FinishFrame(0)});
  EXPECT_FALSE(rpc.AwaitEnd().has_error());
  EXPECT_TRUE(rpc.AwaitEnd().held());
  EXPECT_THAT(rpc.Leave(), IsOk());
  const PairAnswer after = calls_.Get(name);
  ASSERT_THAT(after.status, IsOk());
  EXPECT_EQ(after.pair.read_status(), v1::STREAM_STATUS_AT_END);
  EXPECT_EQ(after.pair.write_status(), v1::STREAM_STATUS_AT_END);
  EXPECT_FALSE(after.pair.read_attached());
  EXPECT_TRUE(after.pair.has_expire_time());
  EXPECT_THAT(calls_.Delete(name), IsOk());
  EXPECT_EQ(server_.Pairs(), 0);
}

TEST_F(TransferBasic, AHeldPairGoesOnWithTheNextAttach) {
  TcpTarget target(Echo);
  const std::string name = calls_.MakePair(HeldSpecTo(target.port()));
  {
    TransferClient first(server_.stub());
    first.Send({AttachTo(0, name), DataFrame(0, "one ")});
    EXPECT_EQ(first.AwaitData(0, 4), "one ");
    first.HalfClose();  // Without a finish: this client leaves, the pair stays.
    EXPECT_TRUE(first.AwaitEnd().held());
    first.AwaitStatus();
  }
  TransferClient second(server_.stub());
  second.Send({AttachTo(0, name), DataFrame(0, "two"), FinishFrame(0)});
  EXPECT_EQ(second.AwaitData(0, 3), "two");
  EXPECT_EQ(second.AwaitAttached().write_offset(), 4);
  EXPECT_FALSE(second.AwaitEnd().has_error());
  EXPECT_THAT(second.Leave(), IsOk());
  EXPECT_EQ(target.accepted(), 1);
  const PairAnswer after = calls_.Get(name);
  EXPECT_EQ(after.pair.bytes_read(), 7);
  EXPECT_EQ(after.pair.bytes_written(), 7);
}

TEST_F(TransferBasic, EarlyDataUpToTheLeastWindowWaitsForTheOpen) {
  TcpTarget target(Echo);
  const std::string early = PatternText(0, 65536);
  TransferClient rpc(server_.stub());
  rpc.Send({AttachNew(0, SpecTo(target.port())), DataFrame(0, early)});
  EXPECT_EQ(rpc.AwaitData(0, early.size()), early);
}

TEST_F(TransferBasic, AnEmptyPairEndsInOrder) {
  Mailbox<std::string> received;
  TcpTarget target([&](TargetConnection& connection) {
    received.Put(connection.ReadToEnd());
    connection.Finish();
  });
  TransferClient rpc(server_.stub());
  rpc.Send({AttachNew(0, SpecTo(target.port())), FinishFrame(0)});
  const v1::End end = rpc.AwaitEnd();
  EXPECT_FALSE(end.has_error());
  EXPECT_EQ(end.bytes_read(), 0);
  EXPECT_EQ(end.bytes_written(), 0);
  EXPECT_EQ(received.Take(), "");
  EXPECT_THAT(rpc.Leave(), IsOk());
}

TEST_F(TransferBasic, CarriesOneByteAtATimeBothWays) {
  constexpr int kBytes = 2000;
  TcpTarget target([](TargetConnection& connection) {
    for (int i = 0; i < kBytes; ++i) {
      const std::string byte = connection.ReadExactly(1);
      if (byte.empty() || !connection.Write(byte)) return;
    }
    connection.Finish();
    connection.ReadToEnd();
  });
  TransferClient rpc(server_.stub());
  const std::string text = PatternText(0, kBytes);
  rpc.Send({AttachNew(0, SpecTo(target.port()))});
  for (const char byte : text) rpc.Send({DataFrame(0, std::string(1, byte))});
  rpc.Send({FinishFrame(0)});
  EXPECT_FALSE(rpc.AwaitEnd().has_error());
  EXPECT_EQ(rpc.log().data, text);
  EXPECT_THAT(rpc.Leave(), IsOk());
}

TEST_F(TransferBasic, AfterTheTargetsImmediateFinTheClientMayStillWrite) {
  Mailbox<std::string> received;
  TcpTarget target([&](TargetConnection& connection) {
    connection.Finish();
    received.Put(connection.ReadToEnd());
  });
  const std::string text = PatternText(0, 100000);
  TransferClient rpc(server_.stub());
  rpc.Plan(0, {.upload = text.size()});
  rpc.Send({AttachNew(0, SpecTo(target.port()))});
  rpc.AwaitFinish();
  ASSERT_TRUE(rpc.Await(0, [&](const ChannelLog& log) { return log.sent == text.size(); }));
  EXPECT_FALSE(rpc.log().end.has_value()) << "the other direction is open";
  rpc.Send({FinishFrame(0)});
  EXPECT_FALSE(rpc.AwaitEnd().has_error());
  EXPECT_EQ(received.Take(), text);
  EXPECT_EQ(rpc.AwaitEnd().bytes_written(), text.size());
  EXPECT_THAT(rpc.Leave(), IsOk());
}

TEST_F(TransferBasic, AfterTheClientsFinishTheTargetMayStillWrite) {
  const std::string text = PatternText(0, 100000);
  Mailbox<bool> may_write;
  TcpTarget target([&](TargetConnection& connection) {
    EXPECT_EQ(connection.ReadToEnd(), "question");
    EXPECT_EQ(connection.end(), TargetEnd::kFin);
    may_write.Take();
    connection.Write(text);
  });
  TransferClient rpc(server_.stub());
  rpc.Send({AttachNew(0, SpecTo(target.port())), DataFrame(0, "question"), FinishFrame(0)});
  rpc.AwaitReady();
  EXPECT_FALSE(rpc.log().end.has_value());
  may_write.Put(true);
  EXPECT_FALSE(rpc.AwaitEnd().has_error());
  EXPECT_EQ(rpc.log().data, text);
  EXPECT_THAT(rpc.Leave(), IsOk());
}

TEST_F(TransferBasic, BothDirectionsFlowAtOnce) {
  constexpr uint64_t kBytes = 32 << 20;
  Mailbox<std::string> digests;
  TcpTarget target([&](TargetConnection& connection) {
    std::thread writer([&] {
      for (uint64_t sent = 0; sent < kBytes;) {
        const absl::string_view piece = Pattern(sent, kBytes - sent);
        if (!connection.Write(piece)) return;
        sent += piece.size();
      }
      connection.Finish();
    });
    Digest digest;
    for (std::string some = connection.ReadSome(); !some.empty(); some = connection.ReadSome()) {
      digest.Add(some);
    }
    digests.Put(digest.Hex());
    writer.join();
  });
  TransferClient rpc(server_.stub());
  rpc.Plan(0, {.grant_window = 262144, .upload = kBytes, .finish = true, .keep_data = false});
  rpc.Send({AttachNew(0, SpecTo(target.port()))});
  EXPECT_FALSE(rpc.AwaitEnd().has_error());
  EXPECT_EQ(digests.Take(), PatternDigest(kBytes));
  EXPECT_EQ(rpc.log().digest.Hex(), PatternDigest(kBytes));
  EXPECT_EQ(rpc.log().received, kBytes);
  EXPECT_THAT(rpc.Leave(), IsOk());
}

TEST_F(TransferBasic, AResetFrameResetsTheTargetAndEndsTheChannel) {
  Mailbox<TargetEnd> ends;
  TcpTarget target([&](TargetConnection& connection) {
    connection.ReadToEnd();
    ends.Put(connection.end());
  });
  TransferClient rpc(server_.stub());
  rpc.Send({AttachNew(0, SpecTo(target.port()))});
  rpc.AwaitReady();
  rpc.Send({ResetFrame(0)});
  EXPECT_EQ(ends.Take(), TargetEnd::kReset);
  const ErrorRow row = OwnRow(v1::STREAMPAIR_CODE_RESET_BY_CLIENT);
  EXPECT_THAT(rpc.AwaitEnd().error(), IsStreamError(row));
  EXPECT_THAT(rpc.Leave(), IsStatus(row));
  EXPECT_EQ(server_.Pairs(), 0);
}

TEST_F(TransferBasic, AChannelWhoseRpcIsCancelledWasReset) {
  Mailbox<TargetEnd> ends;
  TcpTarget target([&](TargetConnection& connection) {
    connection.ReadToEnd();
    ends.Put(connection.end());
  });
  TransferClient rpc(server_.stub());
  rpc.Send({AttachNew(0, SpecTo(target.port()))});
  rpc.AwaitReady();
  rpc.Cancel();
  EXPECT_EQ(ends.Take(), TargetEnd::kReset);
  EXPECT_EQ(rpc.AwaitStatus().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(WaitUntil([&] { return server_.Pairs() == 0; }));
}

TEST_F(TransferBasic, ReadAndWriteHalvesMayHaveDifferentClients) {
  TcpTarget target(Echo);
  const std::string name = calls_.MakePair(SpecTo(target.port()));
  v1::ClientFrame read = AttachTo(0, name);
  read.mutable_attach()->set_halves(v1::HALF_READ);
  v1::ClientFrame write = AttachTo(0, name);
  write.mutable_attach()->set_halves(v1::HALF_WRITE);

  TransferClient reader(server_.stub());
  reader.Send({read});
  reader.AwaitReady();
  TransferClient writer(server_.stub());
  writer.Send({write, DataFrame(0, "through two clients"), FinishFrame(0)});
  EXPECT_FALSE(writer.AwaitEnd().has_error());
  EXPECT_THAT(writer.Leave(), IsOk());
  EXPECT_FALSE(reader.AwaitEnd().has_error());
  EXPECT_EQ(reader.log().data, "through two clients");
  EXPECT_THAT(reader.Leave(), IsOk());
}

TEST_F(TransferBasic, WithoutCreditsTheTransportAloneCarriesIt) {
  constexpr uint64_t kBytes = 8 << 20;
  TcpTarget target(Echo);
  TransferClient rpc(server_.stub());
  rpc.Plan(0, {.upload = kBytes, .finish = true, .keep_data = false});
  rpc.Send({WithWindow(AttachNew(0, SpecTo(target.port())), 0)});
  EXPECT_FALSE(rpc.AwaitEnd().has_error());
  const ChannelLog log = rpc.log();
  EXPECT_EQ(log.attached->window(), 0);
  EXPECT_EQ(log.digest.Hex(), PatternDigest(kBytes));
  EXPECT_THAT(log.order, ::testing::Not(::testing::HasSubstr("W")));
  EXPECT_THAT(rpc.Leave(), IsOk());
}

TEST_F(TransferBasic, AnswersPings) {
  TransferClient rpc(server_.stub());
  rpc.Send({PingFrame(0x0123456789abcdef)});
  EXPECT_TRUE(WaitUntil([&] { return !rpc.pongs().empty(); }));
  EXPECT_THAT(rpc.pongs(), ::testing::ElementsAre(0x0123456789abcdef));
  EXPECT_THAT(rpc.Leave(), IsOk());
}

}  // namespace
}  // namespace streampair::testing
