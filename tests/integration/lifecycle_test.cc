// How pairs outlive clients, how the server goes down, and what keeps an RPC alive or ends it.
#include <signal.h>

#include <thread>

#include "absl/strings/str_cat.h"
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

// Reads to the end and tells how it came.
TcpTarget::Handler ReportEnd(Mailbox<TargetEnd>& ends) {
  return [&ends](TargetConnection& connection) {
    connection.ReadToEnd();
    ends.Put(connection.end());
  };
}

// ---- Clients that go ----

TEST(ClientGone, AKilledClientsPairsAreResetAndItsHeldPairsHeld) {
  constexpr int kPairs = 20;
  ServerProcess server;
  Calls calls(server.stub());
  Mailbox<TargetEnd> ends;
  TcpTarget target(ReportEnd(ends));
  TcpTarget echo(Echo);
  const std::string held = calls.MakePair(HeldSpecTo(echo.port()));
  ASSERT_THAT(calls.Open(held).status, IsOk());
  const ProcStats before = server.Stats();

  ScratchDir scratch;
  ChildProcess client(
      {.command = {ProgramPath("tests/harness/hold"), server.address(), scratch.File("ready"),
                   absl::StrCat(target.port()), absl::StrCat(kPairs), held},
       .output = scratch.File("output")});
  ASSERT_TRUE(
      WaitUntil([&] { return ReadFile(scratch.File("ready")).has_value() || !client.Running(); }));
  ASSERT_TRUE(client.Running());
  EXPECT_EQ(server.Pairs(), kPairs + 1);
  EXPECT_TRUE(calls.Get(held).pair.read_attached());

  client.Signal(SIGKILL);
  EXPECT_EQ(client.Wait(), 128 + SIGKILL);
  for (int i = 0; i < kPairs; ++i) EXPECT_EQ(ends.Take(), TargetEnd::kReset);
  EXPECT_TRUE(WaitUntil([&] { return server.Pairs() == 1; }));
  EXPECT_TRUE(WaitUntil([&] { return !calls.Get(held).pair.read_attached(); }));
  EXPECT_TRUE(WaitUntil([&] { return server.Stats().sockets <= before.sockets; }));

  TransferClient rpc(server.stub());
  rpc.Send({AttachTo(0, held), DataFrame(0, "still there"), FinishFrame(0)});
  EXPECT_FALSE(rpc.AwaitEnd().has_error());
  EXPECT_EQ(rpc.log().data, "still there");
}

TEST(ClientGone, ADeadlineOfTheRpcIsHonoured) {
  ServerProcess server;
  Mailbox<TargetEnd> ends;
  TcpTarget target(ReportEnd(ends));
  TransferClient rpc(server.stub(), {.deadline = absl::Milliseconds(500)});
  rpc.Send({AttachNew(0, SpecTo(target.port()))});
  rpc.AwaitReady();
  EXPECT_EQ(rpc.AwaitStatus().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(ends.Take(), TargetEnd::kReset);
  EXPECT_TRUE(WaitUntil([&] { return server.Pairs() == 0; }));
}

TEST(ClientGone, AHalfCloseWithoutFinishResetsThePair) {
  ServerProcess server;
  Mailbox<TargetEnd> ends;
  TcpTarget target(ReportEnd(ends));
  TransferClient rpc(server.stub());
  rpc.Send({AttachNew(0, SpecTo(target.port()))});
  rpc.AwaitReady();
  rpc.HalfClose();
  const ErrorRow row = OwnRow(v1::STREAMPAIR_CODE_CLIENT_GONE);
  EXPECT_THAT(rpc.AwaitEnd().error(), IsStreamError(row));
  EXPECT_THAT(rpc.AwaitStatus(), IsStatus(row));
  EXPECT_EQ(ends.Take(), TargetEnd::kReset);
}

TEST(ClientGone, AfterItsFinishAClientMayHalfCloseAndStillReadAll) {
  ServerProcess server;
  TcpTarget target([](TargetConnection& connection) {
    connection.ReadToEnd();
    connection.Write(PatternText(0, 100000));
  });
  TransferClient rpc(server.stub());
  rpc.Send({AttachNew(0, SpecTo(target.port())), FinishFrame(0)});
  rpc.HalfClose();
  EXPECT_FALSE(rpc.AwaitEnd().has_error());
  EXPECT_EQ(rpc.log().data, PatternText(0, 100000));
  EXPECT_THAT(rpc.AwaitStatus(), IsOk());
}

// ---- Time ----

TEST(Time, AHeldPairIsReleasedWhenNobodyComesBack) {
  ServerProcess server;
  Calls calls(server.stub());
  Mailbox<TargetEnd> ends;
  TcpTarget target(ReportEnd(ends));
  const std::string name = calls.MakePair(HeldSpecTo(target.port(), absl::Milliseconds(300)));
  Watcher watcher(server.stub(), name, {v1::STREAM_EVENT_TYPE_RELEASED});
  ASSERT_THAT(calls.Open(name).status, IsOk());
  const v1::StreamEvent released = watcher.Next();
  EXPECT_THAT(released.error(), IsStreamError(OwnRow(v1::STREAMPAIR_CODE_HOLD_EXPIRED)));
  EXPECT_EQ(ends.Take(), TargetEnd::kReset);
  EXPECT_THAT(calls.Get(name).status, IsStatus(OwnRow(v1::STREAMPAIR_CODE_PAIR_NOT_FOUND)));
}

TEST(Time, AnAttachedPairDoesNotExpire) {
  ServerProcess server({"--heartbeat=200ms"});
  Calls calls(server.stub());
  TcpTarget target(Echo);
  const std::string name = calls.MakePair(HeldSpecTo(target.port(), absl::Milliseconds(300)));
  TransferClient rpc(server.stub());
  rpc.Send({AttachTo(0, name)});
  rpc.AwaitReady();
  ASSERT_TRUE(WaitUntil([&] { return rpc.pings() >= 4; }));  // More than twice the hold time.
  rpc.Send({DataFrame(0, "here")});
  EXPECT_EQ(rpc.AwaitData(0, 4), "here");
}

TEST(Time, TheOperatorCapsTheHoldTime) {
  ServerProcess server({"--max-hold=2s"});
  Calls calls(server.stub());
  const PairAnswer answer = calls.Create(HeldSpecTo(80, absl::Hours(1)));
  ASSERT_THAT(answer.status, IsOk());
  EXPECT_EQ(FromProto(answer.pair.hold_timeout()), absl::Seconds(2));
  EXPECT_TRUE(answer.pair.has_expire_time());
}

TEST(Time, AnIdleRpcGetsHeartbeats) {
  ServerProcess server({"--heartbeat=200ms"});
  TcpTarget target(NeverRead);
  TransferClient rpc(server.stub());
  rpc.Send({AttachNew(0, SpecTo(target.port()))});
  EXPECT_EQ(FromProto(rpc.AwaitAttached().heartbeat_interval()), absl::Milliseconds(200));
  ASSERT_TRUE(WaitUntil([&] { return rpc.pings() >= 5; }));
  const std::vector<absl::Time> times = rpc.ping_times();
  EXPECT_GE(times.back() - times.front(), absl::Milliseconds(200) * (times.size() - 1) * 0.8)
      << "more of them than the silence asks for";
  EXPECT_FALSE(rpc.log().end.has_value());
}

TEST(Time, AnRpcWithoutChannelsEndsWhenTheClientIsSilent) {
  ServerProcess server({"--heartbeat=100ms"});
  TransferClient rpc(server.stub());
  EXPECT_THAT(rpc.AwaitStatus(), IsOk());
}

TEST(Time, TheEndOfAPlainRpcWaitsForTheClientsHalfCloseAndNoLonger) {
  ServerProcess server({"--end-wait=300ms"});
  TcpTarget target(Echo);
  TransferClient rpc(server.stub());
  rpc.Send({AttachNew(0, SpecTo(target.port())), FinishFrame(0)});
  rpc.AwaitEnd();
  const absl::Time end = absl::Now();
  EXPECT_THAT(rpc.AwaitStatus(), IsOk());
  EXPECT_GE(absl::Now() - end, absl::Milliseconds(200));
}

// ---- Limits ----

TEST(Limits, AtMostSoManyPairs) {
  ServerProcess server({"--max-pairs=3"});
  Calls calls(server.stub());
  std::string name;
  for (int i = 0; i < 3; ++i) name = calls.MakePair(HeldSpecTo(80));
  const ErrorRow row = OwnRow(v1::STREAMPAIR_CODE_TOO_MANY_PAIRS);
  EXPECT_THAT(calls.Create(HeldSpecTo(80)).status, IsStatus(row));
  TransferClient rpc(server.stub());
  rpc.Send({AttachNew(0, SpecTo(80))});
  EXPECT_THAT(rpc.AwaitEnd().error(), IsStreamError(row));
  EXPECT_THAT(rpc.Leave(), IsStatus(row));
  EXPECT_THAT(calls.Delete(name), IsOk());
  EXPECT_THAT(calls.Create(HeldSpecTo(80)).status, IsOk());
}

// ---- Servers that go ----

TEST(ServerGone, SigtermDrainsAndEndsWhatIsLeftAtTheDeadline) {
  ServerProcess server({"--grace=2s"});
  TcpTarget target(Echo);
  TransferClient rpc(server.stub());
  rpc.Send({AttachNew(1, SpecTo(target.port()))});
  rpc.AwaitReady(1);
  const absl::Time begin = absl::Now();
  server.process().Signal(SIGTERM);
  const v1::Draining draining = rpc.AwaitDraining();
  EXPECT_GT(FromProto(draining.grace()), absl::ZeroDuration());
  EXPECT_LE(FromProto(draining.grace()), absl::Seconds(2));
  // What stands goes on; nothing new is made.
  const ErrorRow row = OwnRow(v1::STREAMPAIR_CODE_DRAINING);
  rpc.Send({DataFrame(1, "still here"), AttachNew(2, SpecTo(target.port()))});
  EXPECT_EQ(rpc.AwaitData(1, 10), "still here");
  EXPECT_THAT(rpc.AwaitEnd(2).error(), IsStreamError(row));
  // Until the deadline.
  EXPECT_THAT(rpc.AwaitEnd(1).error(), IsStreamError(row));
  EXPECT_GE(absl::Now() - begin, absl::Milliseconds(1500));
  rpc.Leave();
  EXPECT_EQ(server.process().Wait(), 0);
}

TEST(ServerGone, APlainRpcEndsWithTheDrainingStatus) {
  ServerProcess server({"--grace=300ms"});
  Mailbox<TargetEnd> ends;
  TcpTarget target(ReportEnd(ends));
  TransferClient rpc(server.stub());
  rpc.Send({AttachNew(0, SpecTo(target.port()))});
  rpc.AwaitReady();
  server.process().Signal(SIGTERM);
  rpc.AwaitDraining();
  const ErrorRow row = OwnRow(v1::STREAMPAIR_CODE_DRAINING);
  EXPECT_THAT(rpc.AwaitEnd().error(), IsStreamError(row));
  EXPECT_THAT(rpc.Leave(), IsStatus(row));
  EXPECT_EQ(ends.Take(), TargetEnd::kReset);
  EXPECT_EQ(server.process().Wait(), 0);
}

TEST(ServerGone, ItLeavesEarlyWhenNothingIsLeft) {
  ServerProcess server({"--grace=60s"});
  TcpTarget target(Echo);
  TransferClient rpc(server.stub());
  rpc.Send({AttachNew(1, SpecTo(target.port()))});
  rpc.AwaitReady(1);
  server.process().Signal(SIGTERM);
  rpc.AwaitDraining();
  rpc.Send({FinishFrame(1)});
  EXPECT_FALSE(rpc.AwaitEnd(1).has_error());
  EXPECT_THAT(rpc.Leave(), IsOk());
  EXPECT_EQ(server.process().Wait(absl::Seconds(20)), 0);
}

TEST(ServerGone, AfterBulkTrafficItLeavesAtOnceToo) {
  // gRPC once kept the process for up to 10 s: it joined a thread that it uses for writes that have
  // to wait.
  constexpr uint64_t kBytes = 64 << 20;
  for (int round = 0; round < 3; ++round) {
    ServerProcess server;
    TcpTarget target(Pour(kBytes));
    {
      TransferClient rpc(server.stub());
      rpc.Plan(0, {.keep_data = false});
      rpc.Send({WithWindow(AttachNew(0, SpecTo(target.port())), kBytes), FinishFrame(0)});
      EXPECT_FALSE(rpc.AwaitEnd().has_error());
      EXPECT_THAT(rpc.Leave(), IsOk());
    }
    EXPECT_EQ(server.Stop(absl::Seconds(4)), 0);
  }
}

TEST(ServerGone, WhileDrainingNewPairsAreRefusedAndHeldOnesAnswer) {
  ServerProcess server({"--grace=60s"});
  Calls calls(server.stub());
  TcpTarget target(Echo);
  const std::string name = calls.MakePair(HeldSpecTo(target.port()));
  TransferClient rpc(server.stub());
  rpc.Send({AttachTo(0, name)});
  rpc.AwaitReady();
  server.process().Signal(SIGTERM);
  rpc.AwaitDraining();
  // On the same connection: a draining server may take no new ones.
  const grpc::Status refused = calls.Create(HeldSpecTo(80)).status;
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::UNAVAILABLE);
  rpc.Send({FinishFrame(0)});
  EXPECT_FALSE(rpc.AwaitEnd().has_error());
  rpc.Leave();
}

TEST(ServerGone, ASecondSigtermEndsAtOnce) {
  ServerProcess server({"--grace=60s"});
  TcpTarget target(Echo);
  TransferClient rpc(server.stub());
  rpc.Send({AttachNew(0, SpecTo(target.port()))});
  rpc.AwaitReady();
  server.process().Signal(SIGTERM);
  rpc.AwaitDraining();
  server.process().Signal(SIGTERM);
  EXPECT_TRUE(server.process().Wait(absl::Seconds(20)).has_value());
}

TEST(ServerGone, AKilledServerIsUnavailable) {
  ServerProcess server;
  TcpTarget target(Echo);
  TransferClient rpc(server.stub());
  rpc.Send({AttachNew(0, SpecTo(target.port())), DataFrame(0, "hello")});
  rpc.AwaitData(0, 5);
  server.process().Signal(SIGKILL);
  EXPECT_EQ(rpc.AwaitStatus().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_FALSE(rpc.log().end.has_value());
  EXPECT_EQ(server.process().Wait(), 128 + SIGKILL);
}

}  // namespace
}  // namespace streampair::testing
