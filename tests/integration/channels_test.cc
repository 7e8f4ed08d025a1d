// Many pairs in one RPC.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/harness/calls.h"
#include "tests/harness/frames.h"
#include "tests/harness/server_process.h"
#include "tests/harness/stream_error.h"
#include "tests/harness/tcp_target.h"
#include "tests/harness/transfer_client.h"

namespace streampair::testing {
namespace {

class Channels : public ::testing::Test {
 protected:
  ServerProcess server_;
};

TEST_F(Channels, AHundredPairsShareOneRpc) {
  constexpr uint32_t kChannels = 100;
  constexpr uint64_t kBytes = 300000;  // More than a window.
  TcpTarget target(Echo);
  TransferClient rpc(server_.stub());
  for (uint32_t channel = 1; channel <= kChannels; ++channel) {
    rpc.Plan(
        channel,
        {.grant_window = 262144, .upload = kBytes + channel, .finish = true, .keep_data = false});
  }
  // Ten in each message: an attach need not be alone.
  for (uint32_t first = 1; first <= kChannels; first += 10) {
    std::vector<v1::ClientFrame> frames;
    for (uint32_t channel = first; channel < first + 10; ++channel) {
      frames.push_back(AttachNew(channel, SpecTo(target.port())));
    }
    rpc.Send(frames);
  }
  for (uint32_t channel = 1; channel <= kChannels; ++channel) {
    const v1::End end = rpc.AwaitEnd(channel);
    EXPECT_FALSE(end.has_error()) << end.ShortDebugString();
    EXPECT_EQ(end.bytes_read(), kBytes + channel);
    EXPECT_EQ(end.bytes_written(), kBytes + channel);
    EXPECT_EQ(rpc.log(channel).digest.Hex(), PatternDigest(kBytes + channel));
  }
  EXPECT_EQ(target.accepted(), kChannels);
  EXPECT_THAT(rpc.Leave(), IsOk());
  EXPECT_EQ(server_.Pairs(), 0);
}

TEST_F(Channels, OneFailureLeavesTheOthersAndTheRpcAlone) {
  TcpTarget target(Echo);
  ClosedPort closed;
  TransferClient rpc(server_.stub());
  rpc.Send({AttachNew(1, SpecTo(target.port())), AttachNew(2, SpecTo(closed.port())),
            AttachNew(3, SpecTo(target.port()))});
  EXPECT_TRUE(rpc.AwaitEnd(2).has_error());
  rpc.Send({DataFrame(1, "one"), DataFrame(3, "three"), FinishFrame(1), FinishFrame(3)});
  EXPECT_FALSE(rpc.AwaitEnd(1).has_error());
  EXPECT_FALSE(rpc.AwaitEnd(3).has_error());
  EXPECT_EQ(rpc.log(1).data, "one");
  EXPECT_EQ(rpc.log(3).data, "three");
  EXPECT_THAT(rpc.Leave(), IsOk()) << "an RPC that carried several pairs ends well";
}

TEST_F(Channels, FramesLateForAnEndedChannelAreNoError) {
  TcpTarget target([](TargetConnection& connection) {
    connection.ReadExactly(1);
    connection.Reset();
  });
  TcpTarget echo(Echo);
  TransferClient rpc(server_.stub());
  rpc.Send({AttachNew(1, SpecTo(target.port())), AttachNew(2, SpecTo(echo.port()))});
  rpc.Send({DataFrame(1, "x")});
  EXPECT_TRUE(rpc.AwaitEnd(1).has_error());
  // As a client does that has not seen the end yet.
  rpc.Send({DataFrame(1, "more"), WindowFrame(1, 100), FinishFrame(1), ResetFrame(1)});
  rpc.Send({DataFrame(2, "still here"), FinishFrame(2)});
  EXPECT_FALSE(rpc.AwaitEnd(2).has_error());
  EXPECT_EQ(rpc.log(2).data, "still here");
  EXPECT_EQ(rpc.log(1).order.back(), 'E');
  EXPECT_THAT(rpc.Leave(), IsOk());
}

TEST_F(Channels, NewChannelsMayComeAfterOthersHaveEnded) {
  TcpTarget target(Echo);
  TransferClient rpc(server_.stub());
  for (uint32_t channel = 1; channel <= 20; ++channel) {
    const std::string text = PatternText(channel, 1000);
    rpc.Send({AttachNew(channel, SpecTo(target.port())), DataFrame(channel, text),
              FinishFrame(channel)});
    EXPECT_FALSE(rpc.AwaitEnd(channel).has_error());
    EXPECT_EQ(rpc.log(channel).data, text);
  }
  EXPECT_THAT(rpc.Leave(), IsOk());
}

TEST(ChannelZero, MayBeTheFirstOfMany) {
  // The server once took the end of channel 0 for that of the RPC, even if others had come.
  ServerProcess server({"--end-wait=100ms", "--heartbeat=100ms"});
  TcpTarget target(Echo);
  TransferClient rpc(server.stub());
  rpc.Send({AttachNew(0, SpecTo(target.port())), FinishFrame(0)});
  EXPECT_FALSE(rpc.AwaitEnd(0).has_error());
  rpc.Send({AttachNew(1, SpecTo(target.port()))});
  rpc.AwaitReady(1);
  ASSERT_TRUE(WaitUntil([&] { return rpc.pings() >= 3; }));
  rpc.Send({FinishFrame(1)});
  EXPECT_FALSE(rpc.AwaitEnd(1).has_error());
  rpc.Send({AttachNew(2, SpecTo(target.port())), DataFrame(2, "on"), FinishFrame(2)});
  EXPECT_FALSE(rpc.AwaitEnd(2).has_error());
  EXPECT_EQ(rpc.log(2).data, "on");
  EXPECT_THAT(rpc.Leave(), IsOk());
}

}  // namespace
}  // namespace streampair::testing
