// How much callers may use: each limit against the running server, with what is refused, and with
// everything coming back whichever way pairs end.
#include <signal.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/harness/calls.h"
#include "tests/harness/frames.h"
#include "tests/harness/mailbox.h"
#include "tests/harness/pattern.h"
#include "tests/harness/scratch_dir.h"
#include "tests/harness/server_process.h"
#include "tests/harness/stream_error.h"
#include "tests/harness/tcp_target.h"
#include "tests/harness/transfer_client.h"
#include "tests/harness/wait.h"

namespace streampair::testing {
namespace {

using ::testing::HasSubstr;

const ErrorRow kQuota = OwnRow(v1::STREAMPAIR_CODE_QUOTA);

// A server with quotas, which may be replaced. Callers come by TCP (anonymous) or by the Unix
// socket (unix).
class Limited {
 public:
  explicit Limited(const std::string& quotas) {
    Write(quotas);
    server_.emplace(
        std::vector<std::string>{absl::StrCat("--config=", scratch_.File("config.yaml"))});
    calls_.emplace(server_->stub());
    unix_stub_ = v1::StreamPairService::NewStub(Connect(server_->unix_address()));
    unix_calls_.emplace(*unix_stub_);
  }

  void Reload(const std::string& quotas, const std::string& answer) {
    Write(quotas);
    server_->process().Signal(SIGHUP);
    EXPECT_TRUE(WaitUntil([&] { return absl::StrContains(Log(), answer); })) << Log();
  }

  std::string Log() { return server_->process().Output(); }
  Stub& stub() { return server_->stub(); }
  Stub& unix_stub() { return *unix_stub_; }
  Calls& calls() { return *calls_; }
  Calls& unix_calls() { return *unix_calls_; }

  grpc::Status Open(int port) { return calls().Open(calls().MakePair(HeldSpecTo(port))).status; }

 private:
  void Write(const std::string& quotas) {
    scratch_.Write("config.yaml", absl::StrCat(R"(policy:
  rules:
    - {name: all, action: allow}
  guard: {mode: off}
quotas:
)",
                                               quotas));
  }

  ScratchDir scratch_;
  std::optional<ServerProcess> server_;
  std::optional<Calls> calls_;
  std::unique_ptr<Stub> unix_stub_;
  std::optional<Calls> unix_calls_;
};

// Seconds until it is worth while to try again; -1 if that is not said.
double RetryDelay(const grpc::Status& status) {
  const StatusDetails details = DetailsOf(status);
  if (!details.retry_info.has_value()) return -1;
  return static_cast<double>(details.retry_info->retry_delay().seconds()) +
         details.retry_info->retry_delay().nanos() / 1e9;
}

TEST(Quotas, PairsAreRefusedAtTheDoorAndComeBackWhicheverWayTheyEnd) {
  TcpTarget target(Echo);
  TcpTarget resets([](TargetConnection& connection) { connection.Reset(); });
  ClosedPort closed;
  FullBacklog silent;
  Limited limited(
      "  principals: [{principals: [anonymous], limits: {pairs: 1, pending_dials: 1}}]");

  const std::string held = limited.calls().MakePair(HeldSpecTo(target.port()));
  const grpc::Status refused = limited.calls().Create(HeldSpecTo(target.port())).status;
  EXPECT_THAT(refused, IsStatus(kQuota));
  EXPECT_EQ(refused.error_message(), "this caller may have 1 pairs at a time");
  EXPECT_EQ(RetryDelay(refused), 1);
  {
    TransferClient rpc(limited.stub());
    rpc.Send({AttachNew(0, SpecTo(target.port())), DataFrame(0, "early")});
    EXPECT_THAT(rpc.AwaitEnd().error(), IsStreamError(kQuota));
    const grpc::Status status = rpc.Leave();
    EXPECT_THAT(status, IsStatus(kQuota));
    EXPECT_EQ(RetryDelay(status), 1);
  }
  // Another caller has its own share, and asking what would be costs nothing.
  limited.unix_calls().MakePair(HeldSpecTo(target.port()));
  EXPECT_THAT(limited.calls().Create(HeldSpecTo(target.port()), "", true).status, IsOk());
  EXPECT_THAT(limited.calls().Delete(held), IsOk());

  // The only unit is there again after each of these.
  for (int round = 0; round < 2; ++round) {
    SCOPED_TRACE(round);
    EXPECT_THAT(limited.calls().Delete(limited.calls().MakePair(HeldSpecTo(1))), IsOk());
    {
      const std::string name = limited.calls().MakePair(HeldSpecTo(closed.port()));
      EXPECT_FALSE(limited.calls().Open(name).status.ok());
      EXPECT_THAT(limited.calls().Delete(name), IsOk());
    }
    {
      TransferClient rpc(limited.stub());  // Deleted in the middle of the dial.
      rpc.Send({AttachNew(0, HeldSpecTo(silent.port()))});
      EXPECT_THAT(limited.calls().Delete(rpc.AwaitAttached().name()), IsOk());
    }
    {
      TransferClient rpc(limited.stub());
      rpc.Send({AttachNew(0, SpecTo(target.port())), DataFrame(0, "hello"), FinishFrame(0)});
      EXPECT_EQ(rpc.AwaitData(0, 5), "hello");
      EXPECT_FALSE(rpc.AwaitEnd().has_error());
      // One that has seen the end may begin anew at once.
      rpc.Send({AttachNew(1, SpecTo(resets.port()))});
      EXPECT_TRUE(rpc.AwaitEnd(1).has_error());
      rpc.Send({AttachNew(2, SpecTo(closed.port()))});
      EXPECT_NE(rpc.AwaitEnd(2).error().code(), int{v1::STREAMPAIR_CODE_QUOTA});
      rpc.Send({AttachNew(3, SpecTo(target.port())), ResetFrame(3)});
      rpc.AwaitEnd(3);
      rpc.Send({AttachNew(4, SpecTo(target.port()))});
      rpc.AwaitReady(4);
      rpc.Cancel();
    }
    // The server learns by and by that a client has gone.
    std::string next;
    EXPECT_TRUE(WaitUntil([&] {
      const PairAnswer made = limited.calls().Create(HeldSpecTo(target.port()));
      if (made.status.ok()) next = made.pair.name();
      return made.status.ok();
    }));
    EXPECT_THAT(limited.calls().Open(next).status, IsOk());
    EXPECT_THAT(limited.calls().Delete(next), IsOk());
  }
}

TEST(Quotas, AfterManyPairsTheShareIsWholeAndNoMore) {
  constexpr uint32_t kPairs = 20;
  TcpTarget target(Echo);
  ClosedPort closed;
  Limited limited(absl::StrCat("  global: {pairs: ", kPairs, ", pending_dials: ", kPairs, "}"));
  TransferClient rpc(limited.stub());
  for (uint32_t round = 0; round < 5; ++round) {
    const uint32_t first = round * kPairs;
    for (uint32_t i = first; i < first + kPairs; ++i) {
      switch (i % 4) {
        case 0:  // An orderly end.
          rpc.Send({AttachNew(i, SpecTo(target.port())), DataFrame(i, "x"), FinishFrame(i)});
          break;
        case 1:  // Reset before it may be ready.
          rpc.Send({AttachNew(i, SpecTo(target.port())), DataFrame(i, "x"), ResetFrame(i)});
          break;
        case 2:
          rpc.Send({AttachNew(i, SpecTo(closed.port()))});
          break;
        default:  // Deleted by another call, wherever it is.
          rpc.Send({AttachNew(i, SpecTo(target.port()))});
          EXPECT_THAT(limited.calls().Delete(rpc.AwaitAttached(i).name()), IsOk());
      }
    }
    for (uint32_t i = first; i < first + kPairs; ++i) {
      EXPECT_NE(rpc.AwaitEnd(i).error().symbol(), "QUOTA") << i;
    }
  }
  for (uint32_t i = 0; i < kPairs; ++i) limited.calls().MakePair(HeldSpecTo(target.port()));
  EXPECT_THAT(limited.calls().Create(HeldSpecTo(target.port())).status, IsStatus(kQuota));
}

TEST(Quotas, AllTogetherAndTheNarrowestPattern) {
  TcpTarget target(Echo);
  Limited limited(R"(  global: {pairs: 3}
  principals:
    - {principals: ["*"], limits: {pairs: 1}}
    - {principals: ["an*"], limits: {pairs: 2}})");
  const std::string first = limited.calls().MakePair(HeldSpecTo(target.port()));
  limited.calls().MakePair(HeldSpecTo(target.port()));
  EXPECT_THAT(limited.calls().Create(HeldSpecTo(target.port())).status, IsStatus(kQuota));
  limited.unix_calls().MakePair(HeldSpecTo(target.port()));
  const grpc::Status own = limited.unix_calls().Create(HeldSpecTo(target.port())).status;
  EXPECT_EQ(own.error_message(), "this caller may have 1 pairs at a time");

  limited.Reload("  global: {pairs: 3}", "generation=2");
  const grpc::Status all = limited.unix_calls().Create(HeldSpecTo(target.port())).status;
  EXPECT_THAT(all, IsStatus(kQuota));
  EXPECT_EQ(all.error_message(), "all callers together may have 3 pairs at a time");
  EXPECT_THAT(limited.calls().Delete(first), IsOk());
  limited.unix_calls().MakePair(HeldSpecTo(target.port()));

  // A file with a fault changes nothing.
  limited.Reload("  global: {pairs: many}", "quotas.global.pairs: must be a whole number");
  EXPECT_THAT(limited.unix_calls().Create(HeldSpecTo(target.port())).status, IsStatus(kQuota));
  limited.Reload("  {}", "generation=3");
  EXPECT_THAT(limited.unix_calls().Create(HeldSpecTo(target.port())).status, IsOk());
}

TEST(Quotas, PendingDialsAreRefusedAtTheOpenAndThePairMayTryAgain) {
  TcpTarget target(Echo);
  FullBacklog silent;
  Limited limited("  global: {pending_dials: 1}");
  TransferClient dialling(limited.stub());
  dialling.Send({AttachNew(0, HeldSpecTo(silent.port()))});
  const std::string pending = dialling.AwaitAttached().name();
  const std::string name = limited.calls().MakePair(HeldSpecTo(target.port()));
  const grpc::Status refused = limited.calls().Open(name).status;
  EXPECT_THAT(refused, IsStatus(kQuota));
  EXPECT_THAT(refused.error_message(), HasSubstr("may have 1 pairs being opened at a time"));
  const v1::StreamPair untouched = limited.calls().Get(name).pair;
  EXPECT_EQ(untouched.read_status(), v1::STREAM_STATUS_NOT_OPEN);
  EXPECT_FALSE(untouched.has_error());
  EXPECT_EQ(target.accepted(), 0);

  EXPECT_THAT(limited.calls().Delete(pending), IsOk());
  EXPECT_THAT(limited.calls().Open(name).status, IsOk());
  // Ready pairs are no dials.
  EXPECT_THAT(limited.Open(target.port()), IsOk());
}

TEST(Quotas, OpensBeyondTheRateAreToldWhenToComeBack) {
  TcpTarget target(Echo);
  Limited limited("  global: {opens_per_second: 1, open_burst: 1}");
  // However slow this machine is, two of these fall into one second.
  grpc::Status status;
  EXPECT_TRUE(WaitUntil([&] { return !(status = limited.Open(target.port())).ok(); }));
  EXPECT_THAT(status, IsStatus(kQuota));
  EXPECT_EQ(status.error_message(), "all callers together may open 1 pairs a second");
  EXPECT_GT(RetryDelay(status), 0);
  EXPECT_LE(RetryDelay(status), 1);
  EXPECT_TRUE(WaitUntil([&] { return limited.Open(target.port()).ok(); }));

  limited.Reload("  global: {opens_per_second: 0}", "generation=2");
  const grpc::Status never = limited.Open(target.port());
  EXPECT_THAT(never, IsStatus(kQuota));
  EXPECT_EQ(RetryDelay(never), -1) << "waiting does not help";
}

TEST(Quotas, BytesBeyondThePaceWaitAndArriveWhole) {
  constexpr uint64_t kBytes = 300'000;
  TcpTarget source(Pour(kBytes));
  TcpTarget sink(Echo);
  Limited limited("  principals: [{principals: [anonymous], limits: {bytes_per_second: 500000}}]");
  const auto download = [&](Stub& stub) {
    const absl::Time begin = absl::Now();
    TransferClient rpc(stub);
    rpc.Plan(0, {.grant_window = 1 << 20, .finish = true, .keep_data = false});
    rpc.Send({WithWindow(AttachNew(0, SpecTo(source.port())), 1 << 20)});
    EXPECT_FALSE(rpc.AwaitEnd().has_error());
    EXPECT_EQ(rpc.log().received, kBytes);
    EXPECT_EQ(rpc.log().digest.Hex(), PatternDigest(kBytes));
    EXPECT_THAT(rpc.Leave(), IsOk());
    return absl::ToDoubleSeconds(absl::Now() - begin);
  };
  // Less a tenth of a second's, which may go at once.
  const double least = static_cast<double>(kBytes) / 500'000 - 0.1;
  EXPECT_GE(download(limited.stub()), least);
  download(limited.unix_stub());

  // Both directions share it. The client's credit comes back as the target gets the bytes.
  {
    const absl::Time begin = absl::Now();
    TransferClient rpc(limited.stub());
    rpc.Plan(0, {.grant_window = 1 << 20, .upload = kBytes, .finish = true, .keep_data = false});
    rpc.Send({WithWindow(AttachNew(0, SpecTo(sink.port())), 1 << 20)});
    EXPECT_FALSE(rpc.AwaitEnd().has_error());
    EXPECT_EQ(rpc.log().received, kBytes);
    EXPECT_EQ(rpc.log().digest.Hex(), PatternDigest(kBytes));
    EXPECT_THAT(rpc.Leave(), IsOk());
    EXPECT_GE(absl::ToDoubleSeconds(absl::Now() - begin), 2 * least);
  }
  // Callers without bidirectional streams wait in the same way.
  Mailbox<std::string> arrived;
  TcpTarget swallows([&](TargetConnection& connection) { arrived.Put(connection.ReadToEnd()); });
  absl::Time begin = absl::Now();
  EXPECT_EQ(limited.calls().Read(limited.calls().MakePair(HeldSpecTo(source.port()))).data,
            PatternText(0, kBytes));
  EXPECT_GE(absl::ToDoubleSeconds(absl::Now() - begin), least);
  begin = absl::Now();
  const std::string writing = limited.calls().MakePair(HeldSpecTo(swallows.port()));
  EXPECT_THAT(limited.calls().Write(writing, {PatternText(0, kBytes)}, /*finish=*/true).status,
              IsOk());
  EXPECT_TRUE(arrived.Take() == PatternText(0, kBytes));
  EXPECT_GE(absl::ToDoubleSeconds(absl::Now() - begin), least);

  // Once it is lifted, nobody waits any more.
  limited.Reload("  {}", "generation=2");
  download(limited.stub());
}

TEST(Quotas, TotalBytesEndPairsAndStopOpens) {
  constexpr uint64_t kTotal = 100'000;
  TcpTarget source(Pour());
  TcpTarget sink(Echo);
  Limited limited(absl::StrCat("  principals: [{principals: [anonymous], limits: {total_bytes: ",
                               kTotal, ", total_bytes_period: 2h}}]"));
  const std::string quiet = limited.calls().MakePair(HeldSpecTo(sink.port()));
  EXPECT_THAT(limited.calls().Open(quiet).status, IsOk());
  TransferClient rpc(limited.stub());
  rpc.Plan(0, {.grant_window = 1 << 20});
  rpc.Send({WithWindow(AttachNew(0, SpecTo(source.port())), 1 << 20)});
  const v1::End end = rpc.AwaitEnd();
  EXPECT_THAT(end.error(), IsStreamError(kQuota));
  EXPECT_LE(rpc.log().received, kTotal);
  EXPECT_EQ(end.bytes_read(), rpc.log().received);
  EXPECT_THAT(rpc.Leave(), IsStatus(kQuota));
  EXPECT_TRUE(WaitUntil([&] { return absl::StrContains(limited.Log(), "end_kind=quota"); }));

  const grpc::Status refused = limited.Open(sink.port());
  EXPECT_THAT(refused, IsStatus(kQuota));
  EXPECT_EQ(refused.error_message(), "this caller may move 100000 bytes in 2h");
  EXPECT_GT(RetryDelay(refused), 3600);
  EXPECT_LE(RetryDelay(refused), 7200);
  // A pair that moves nothing lives on until it wants to.
  EXPECT_THAT(limited.calls().Get(quiet).status, IsOk());
  TransferClient late(limited.stub());
  late.Send({AttachTo(0, quiet), DataFrame(0, "x")});
  EXPECT_THAT(late.AwaitEnd().error(), IsStreamError(kQuota));

  // Others are not concerned, and a higher limit lets go on.
  TransferClient other(limited.unix_stub());
  other.Send({AttachNew(0, SpecTo(sink.port())), DataFrame(0, std::string(1000, 'x'))});
  EXPECT_EQ(other.AwaitData(0, 1000).size(), 1000u);
  limited.Reload("  principals: [{principals: [anonymous], limits: {total_bytes: 200000}}]",
                 "generation=2");
  TransferClient more(limited.stub());
  more.Send({AttachNew(0, SpecTo(sink.port())), DataFrame(0, "more")});
  EXPECT_EQ(more.AwaitData(0, 4), "more");
}

}  // namespace
}  // namespace streampair::testing
