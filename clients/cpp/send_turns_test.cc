#include "clients/cpp/send_turns.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "streampair/v1/stream_pair_service.pb.h"

namespace streampair::client {
namespace {

class SendTurnsTest : public testing::Test {
 protected:
  Channel* Add(uint32_t number) {
    v1::Attach attach;
    attach.set_name("x");
    auto channel = std::make_unique<Channel>(number, attach, 1000, size_t{64} << 20, &budget_);
    Channel* const added = channel.get();
    channels_[number] = std::move(channel);
    turns_.Note(added);
    return added;
  }

  // An attached channel with credit for everything.
  Channel* AddAttached(uint32_t number) {
    Channel* const channel = Add(number);
    Next();
    v1::ServerFrame frame;
    frame.mutable_attached()->set_window(0x7FFFFFFF);
    EXPECT_FALSE(channel->DeliverFrame(frame));
    return channel;
  }

  void Write(Channel* channel, size_t size) {
    channel->Write(grpc::Slice(std::string(size, 'x')));
    turns_.Note(channel);
  }

  std::vector<v1::ClientFrame> Next() {
    served_.clear();
    wire::FrameWriter writer;
    turns_.Fill(
        [this](uint32_t number) {
          auto found = channels_.find(number);
          return found == channels_.end() ? nullptr : found->second.get();
        },
        [this](Channel* channel, size_t bytes) { served_[channel->number()] += bytes; }, &writer);
    grpc::ByteBuffer buffer = writer.Take();
    size_ = buffer.Length();
    grpc::Slice slice;
    v1::TransferRequest message;
    EXPECT_TRUE(buffer.DumpToSingleSlice(&slice).ok());
    EXPECT_TRUE(message.ParseFromArray(slice.begin(), static_cast<int>(slice.size())));
    return {message.frames().begin(), message.frames().end()};
  }

  // Bytes of data by channel.
  static std::map<uint32_t, size_t> Shares(const std::vector<v1::ClientFrame>& frames) {
    std::map<uint32_t, size_t> shares;
    for (const v1::ClientFrame& frame : frames) {
      if (frame.has_data()) shares[frame.channel()] += frame.data().payload().size();
    }
    return shares;
  }

  WindowBudget budget_{0};
  SendTurns turns_;
  std::map<uint32_t, std::unique_ptr<Channel>> channels_;
  std::map<uint32_t, size_t> served_;
  size_t size_ = 0;
};

TEST_F(SendTurnsTest, NothingToSendIsAnEmptyMessage) {
  EXPECT_TRUE(Next().empty());
  EXPECT_EQ(size_, 0u);
}

TEST_F(SendTurnsTest, OneChannelFillsAMessageAlone) {
  Channel* const channel = AddAttached(1);
  Write(channel, size_t{10} << 20);
  const size_t bytes = Shares(Next())[1];
  EXPECT_EQ(bytes, SendTurns::kBatchBytes);
  EXPECT_EQ(served_[1], bytes);
}

TEST_F(SendTurnsTest, AllReadyChannelsGetTheSameShare) {
  for (uint32_t number = 1; number <= 4; ++number) {
    Write(AddAttached(number), size_t{10} << 20);
  }
  for (const auto& [number, bytes] : Shares(Next())) EXPECT_EQ(bytes, size_t{128} << 10) << number;
}

TEST_F(SendTurnsTest, ASmallOneIsNotBehindTheLargeOnes) {
  for (uint32_t number = 1; number <= 8; ++number) Write(AddAttached(number), size_t{10} << 20);
  Next();
  Write(AddAttached(9), 64);
  size_t messages = 1;
  while (Shares(Next())[9] == 0) ++messages;
  EXPECT_LE(messages, 2u);
}

TEST_F(SendTurnsTest, ManyChannelsGoRound) {
  constexpr uint32_t kChannels = 100;
  for (uint32_t number = 1; number <= kChannels; ++number) AddAttached(number);
  for (const auto& [number, channel] : channels_) Write(channel.get(), size_t{1} << 20);
  std::map<uint32_t, size_t> total;
  for (int message = 0; message < 50; ++message) {
    for (const auto& [number, bytes] : Shares(Next())) total[number] += bytes;
  }
  ASSERT_EQ(total.size(), kChannels);
  size_t least = ~size_t{0}, most = 0;
  for (const auto& [number, bytes] : total) {
    least = std::min(least, bytes);
    most = std::max(most, bytes);
  }
  EXPECT_LE(most - least, SendTurns::kMinQuantum);
}

TEST_F(SendTurnsTest, OneThatHasLessLeavesTheRestToOthers) {
  Channel* const big = AddAttached(1);
  Channel* const small = AddAttached(2);
  Write(big, size_t{10} << 20);
  Write(small, 1000);
  std::map<uint32_t, size_t> shares = Shares(Next());
  EXPECT_EQ(shares[2], 1000u);
  EXPECT_EQ(shares[1], SendTurns::kBatchBytes);
}

TEST_F(SendTurnsTest, SmallFramesGoBeforeDataOfOthers) {
  Write(AddAttached(1), size_t{10} << 20);
  Add(2);
  v1::ClientFrame pong;
  pong.mutable_pong()->set_nonce(7);
  turns_.AddFrame(pong);
  const std::vector<v1::ClientFrame> frames = Next();
  ASSERT_GE(frames.size(), 3u);
  EXPECT_EQ(frames[0].pong().nonce(), 7u);
  EXPECT_TRUE(frames[1].has_attach());
  EXPECT_TRUE(frames[2].has_data());
}

TEST_F(SendTurnsTest, DataOfANewChannelGoesWithItsAttach) {
  Channel* const channel = Add(1);
  Write(channel, 100);
  const std::vector<v1::ClientFrame> frames = Next();
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_TRUE(frames[0].has_attach());
  EXPECT_TRUE(frames[1].has_data());
}

TEST_F(SendTurnsTest, ThousandsOfAttachesAreSplitOverMessages) {
  for (uint32_t number = 1; number <= 1000; ++number) {
    v1::Attach attach;
    attach.set_name(std::string(4000, 'n'));
    auto channel = std::make_unique<Channel>(number, attach, 1000, 1000, &budget_);
    turns_.Note(channel.get());
    channel->WriteCopy("data");
    channels_[number] = std::move(channel);
  }
  size_t attaches = 0, messages = 0;
  for (std::vector<v1::ClientFrame> frames; !(frames = Next()).empty(); ++messages) {
    EXPECT_LT(size_, size_t{2} << 20);
    for (const v1::ClientFrame& frame : frames) {
      if (frame.has_attach()) ++attaches;
    }
  }
  EXPECT_EQ(attaches, 1000u);
  EXPECT_GE(messages, 4u);
}

TEST_F(SendTurnsTest, AChannelThatIsGoneIsPassedOver) {
  Write(AddAttached(1), 1000);
  Write(AddAttached(2), 1000);
  channels_.erase(1);
  const std::map<uint32_t, size_t> shares = Shares(Next());
  ASSERT_EQ(shares.size(), 1u);
  EXPECT_EQ(shares.at(2), 1000u);
}

}  // namespace
}  // namespace streampair::client
