// One pair that somebody does not read: what is held for it is bounded, and who reads on gets all
// of it.
#include <atomic>

#include "absl/strings/str_cat.h"
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

constexpr uint64_t kMiB = 1 << 20;
constexpr uint64_t kBulk = 64 * kMiB;
constexpr uint64_t kWindow = 262144;
// What a window may grow to for a target that keeps up, as this one seems to do while the kernel
// takes its bytes.
constexpr uint64_t kLargestWindow = 4 * kMiB;
// What the kernel may hold for one connection at both ends; the socket's own buffers are bounded.
constexpr uint64_t kKernel = 8 * kMiB;
// What the process may use for other things: messages under way, the allocator's reserve.
constexpr int64_t kSlack = 24 * kMiB;

class Flow : public ::testing::Test {
 protected:
  int64_t Growth() const { return server_.Stats().peak_resident_bytes - before_; }

  ServerProcess server_;
  Calls calls_{server_.stub()};
  const int64_t before_ = server_.Stats().resident_bytes;
};

// Waits until the client has no credit and the server has bytes that the target does not take, and
// no credit came meanwhile.
void AwaitStandstill(TransferClient& rpc, Calls& calls, const std::string& name) {
  size_t pongs = 0;
  uint64_t sent = 0;
  ASSERT_TRUE(WaitUntil([&] {
    const ChannelLog log = rpc.log();
    const bool still = log.sent == sent && log.sent == log.granted && log.sent > 0;
    sent = log.sent;
    rpc.Send({PingFrame(pongs)});
    if (!WaitUntil([&] { return rpc.pongs().size() > pongs; })) return false;
    ++pongs;
    return still && calls.Get(name).pair.write_status() == v1::STREAM_STATUS_WRITING;
  }));
}

TEST_F(Flow, ATargetThatDoesNotReadPausesTheWriter) {
  Mailbox<bool> may_read;
  Mailbox<std::string> digests;
  TcpTarget target([&](TargetConnection& connection) {
    may_read.Take(absl::Minutes(2));
    Digest digest;
    for (std::string some = connection.ReadSome(); !some.empty(); some = connection.ReadSome()) {
      digest.Add(some);
    }
    digests.Put(digest.Hex());
  });
  const std::string name = calls_.MakePair(HeldSpecTo(target.port()));
  TransferClient rpc(server_.stub());
  rpc.Plan(0, {.upload = kBulk, .finish = true});
  rpc.Send({AttachTo(0, name)});
  AwaitStandstill(rpc, calls_, name);

  EXPECT_LE(rpc.log().sent, kLargestWindow + kKernel) << "the writer was not paused";
  // Sent by the client and not yet taken by the target's socket: what the server holds.
  const uint64_t sent = rpc.log().sent;
  const uint64_t written = calls_.Get(name).pair.bytes_written();
  EXPECT_LE(sent, written + kLargestWindow);
  EXPECT_LE(Growth(), kSlack);

  may_read.Put(true);
  EXPECT_FALSE(rpc.AwaitEnd().has_error());
  EXPECT_EQ(digests.Take(), PatternDigest(kBulk));
}

TEST_F(Flow, AClientThatDoesNotReadPausesTheTarget) {
  std::atomic<uint64_t> poured{0};
  TcpTarget target([&](TargetConnection& connection) {
    while (poured < kBulk) {
      const absl::string_view piece = Pattern(poured, std::min<uint64_t>(65536, kBulk - poured));
      if (!connection.Write(piece)) return;
      poured += piece.size();
    }
    connection.Finish();
    connection.ReadToEnd();
  });
  const std::string name = calls_.MakePair(HeldSpecTo(target.port()));
  TransferClient rpc(server_.stub());
  rpc.Plan(0, {.keep_data = false});
  rpc.Send({AttachTo(0, name)});
  ASSERT_TRUE(rpc.Await(0, [](const ChannelLog& log) { return log.received == kWindow; }));
  EXPECT_TRUE(rpc.log().starved) << "the server used its last credit and had more";
  // The target's writes come to a standstill: the same count after a question to the server.
  uint64_t before = 0;
  ASSERT_TRUE(WaitUntil([&] {
    const uint64_t now = poured;
    const bool still = now == before && now > 0;
    before = now;
    return calls_.Get(name).pair.bytes_read() == kWindow && still;
  }));
  EXPECT_LE(poured, kWindow + kKernel);
  EXPECT_EQ(rpc.log().received, kWindow) << "data beyond the credit";
  EXPECT_LE(Growth(), kSlack);

  // Whoever reads on gets the rest.
  rpc.Send({WindowFrame(0, 1000)});
  ASSERT_TRUE(rpc.Await(0, [](const ChannelLog& log) { return log.received >= kWindow + 1000; }));
  EXPECT_EQ(rpc.log().received, kWindow + 1000);
  rpc.Send({WindowFrame(0, static_cast<uint32_t>(kBulk)), FinishFrame(0)});
  EXPECT_FALSE(rpc.AwaitEnd().has_error());
  EXPECT_EQ(rpc.log().digest.Hex(), PatternDigest(kBulk));
}

TEST_F(Flow, AnEndNeedsNoCredit) {
  TcpTarget target([](TargetConnection& connection) {
    connection.Write("12345678");
    const std::string word = connection.ReadExactly(1);
    if (word == "r") connection.Reset();
  });
  {
    TransferClient rpc(server_.stub());
    rpc.Send({WithWindow(AttachNew(0, SpecTo(target.port())), 8)});
    EXPECT_EQ(rpc.AwaitData(0, 8), "12345678");
    rpc.Send({DataFrame(0, "f")});
    rpc.AwaitFinish();
    rpc.Send({FinishFrame(0)});
    EXPECT_FALSE(rpc.AwaitEnd().has_error());
  }
  {
    TransferClient rpc(server_.stub());
    rpc.Send({WithWindow(AttachNew(0, SpecTo(target.port())), 8)});
    EXPECT_EQ(rpc.AwaitData(0, 8), "12345678");
    rpc.Send({DataFrame(0, "r")});
    EXPECT_EQ(rpc.AwaitEnd().error().symbol(), "ECONNRESET");
  }
  {
    // Behind bytes that wait for credit an end waits as well.
    TransferClient rpc(server_.stub());
    rpc.Send({WithWindow(AttachNew(0, SpecTo(target.port())), 7)});
    EXPECT_EQ(rpc.AwaitData(0, 7), "1234567");
    rpc.Send({DataFrame(0, "f"), PingFrame(1)});
    ASSERT_TRUE(WaitUntil([&] { return target.open() == 0 && !rpc.pongs().empty(); }));
    EXPECT_FALSE(rpc.log().finish.has_value());
    rpc.Send({WindowFrame(0, 1)});
    rpc.AwaitFinish();
    EXPECT_EQ(rpc.log().data, "12345678");
  }
}

TEST_F(Flow, AClientThatDoesNotReadTheTransportPausesTheTargetToo) {
  // Without credits: the transport's windows and the server's quota are the bound.
  std::atomic<uint64_t> poured{0};
  TcpTarget target([&](TargetConnection& connection) {
    while (poured < 16 * kBulk) {
      const absl::string_view piece = Pattern(poured, 65536);
      if (!connection.Write(piece)) return;
      poured += piece.size();
    }
  });
  TransferClient rpc(server_.stub());
  rpc.Plan(0, {.keep_data = false});
  rpc.Send({WithWindow(AttachNew(0, SpecTo(target.port())), 0)});
  rpc.AwaitReady();
  rpc.StopReading();
  uint64_t before = 0;
  ASSERT_TRUE(WaitUntil([&] {
    const uint64_t now = poured;
    const bool still = now == before && now > 0;
    before = now;
    return server_.Pairs() == 1 && still;
  }));
  EXPECT_LT(poured, 16 * kBulk);
  EXPECT_LE(Growth(), 128 * static_cast<int64_t>(kMiB));
  const uint64_t held_up = poured;
  rpc.ResumeReading();
  EXPECT_TRUE(WaitUntil([&] { return poured > held_up; }));
}

TEST_F(Flow, EmptyReadsOfHeldPairsHoldNothing) {
  // Nobody is attached at all: the server reads nothing from the target.
  std::atomic<uint64_t> poured{0};
  TcpTarget target([&](TargetConnection& connection) {
    while (connection.Write(Pattern(poured, 65536))) poured += 65536;
  });
  const std::string name = calls_.MakePair(HeldSpecTo(target.port()));
  EXPECT_TRUE(calls_.Open(name).status.ok());
  uint64_t before = 0;
  ASSERT_TRUE(WaitUntil([&] {
    const uint64_t now = poured;
    const bool still = now == before && now > 0;
    before = now;
    return calls_.Get(name).pair.bytes_read() == 0 && still;
  }));
  EXPECT_LE(poured, kKernel);
  EXPECT_LE(Growth(), kSlack);
}

TEST(FlowSettings, TheOperatorSetsTheWindow) {
  ServerProcess server({"--window=65536"});
  TcpTarget target(NeverRead);
  TransferClient rpc(server.stub());
  rpc.Send({AttachNew(0, SpecTo(target.port()))});
  EXPECT_EQ(rpc.AwaitAttached().window(), 65536);
}

TEST(FlowSettings, TheClientSetsItsWindow) {
  ServerProcess server;
  TcpTarget target(Pour());
  TransferClient rpc(server.stub());
  rpc.Send({WithWindow(AttachNew(0, SpecTo(target.port())), 1)});
  rpc.AwaitData(0, 1);
  rpc.Send({WindowFrame(0, 1)});
  EXPECT_EQ(rpc.AwaitData(0, 2), PatternText(0, 2));
  rpc.Send({PingFrame(7)});
  ASSERT_TRUE(WaitUntil([&] { return !rpc.pongs().empty(); }));
  EXPECT_EQ(rpc.log().received, 2);
}

}  // namespace
}  // namespace streampair::testing
