#include "clients/cpp/channel.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "clients/cpp/client_errors.h"
#include "clients/cpp/property_sets.h"
#include "streampair/v1/stream_pair_service.pb.h"

namespace streampair::client {
namespace {

using ReadOutcome = ReadResult::Outcome;

constexpr size_t kWindow = 1000;
constexpr size_t kUnsent = 100000;
constexpr size_t kLimit = 4000;

// A channel and what it sends.
class ChannelTest : public testing::Test {
 protected:
  static v1::Attach Named() {
    v1::Attach attach;
    attach.set_name("streamPairs/x.y");
    return attach;
  }

  // What the channel wants to send now.
  std::vector<v1::ClientFrame> Sent(size_t quantum = 1 << 20) {
    wire::FrameWriter writer;
    if (channel_.wants_control()) channel_.SendControl(&writer);
    if (channel_.wants_turn()) channel_.SendTurn(quantum, &writer);
    grpc::ByteBuffer buffer = writer.Take();
    grpc::Slice slice;
    v1::TransferRequest message;
    EXPECT_TRUE(buffer.DumpToSingleSlice(&slice).ok());
    EXPECT_TRUE(message.ParseFromArray(slice.begin(), static_cast<int>(slice.size())));
    return {message.frames().begin(), message.frames().end()};
  }

  Channel::Fault Deliver(absl::string_view bytes, bool starved = false) {
    return channel_.DeliverData(starved, {grpc::Slice(bytes.data(), bytes.size())}, bytes.size());
  }

  void Attach(uint32_t window = 262144) {
    Sent();
    v1::ServerFrame frame;
    frame.mutable_attached()->set_name("streamPairs/x.y");
    frame.mutable_attached()->set_window(window);
    ASSERT_FALSE(channel_.DeliverFrame(frame));
  }

  Channel::Fault Window(uint32_t increment) {
    v1::ServerFrame frame;
    frame.mutable_window()->set_increment(increment);
    return channel_.DeliverFrame(frame);
  }

  Channel::Fault TargetFinish() {
    v1::ServerFrame frame;
    frame.mutable_finish()->set_kind(v1::FINISH_KIND_FIN);
    return channel_.DeliverFrame(frame);
  }

  void End(int code = 0) {
    v1::ServerFrame frame;
    frame.mutable_end()->set_bytes_written(7);
    if (code != 0) {
      frame.mutable_end()->mutable_error()->set_domain(v1::ERROR_DOMAIN_POSIX);
      frame.mutable_end()->mutable_error()->set_code(code);
    }
    ASSERT_FALSE(channel_.DeliverFrame(frame));
  }

  std::string Read(size_t max = 1 << 20) {
    Slices slices;
    const ReadResult result = channel_.Read(max, kLimit, &slices);
    std::string bytes(result.bytes, '\0');
    CopyOut(slices, bytes.data());
    return bytes;
  }

  ReadOutcome ReadsAs() {
    Slices slices;
    return channel_.Read(1, kLimit, &slices).outcome;
  }

  WindowBudget budget_{1 << 20};
  Channel channel_{5, Named(), kWindow, kUnsent, &budget_};
};

TEST_F(ChannelTest, AttachesFirst) {
  channel_.WriteCopy("early");
  EXPECT_FALSE(channel_.wants_turn());
  std::vector<v1::ClientFrame> frames = Sent();
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].channel(), 5u);
  EXPECT_EQ(frames[0].attach().name(), "streamPairs/x.y");
  EXPECT_EQ(frames[0].attach().window(), kWindow);
  EXPECT_EQ(frames[1].data().payload(), "early");
}

TEST_F(ChannelTest, EarlyDataIsBoundedAndNeverSaysStarved) {
  channel_.Write(grpc::Slice(std::string(70000, 'x')));
  std::vector<v1::ClientFrame> frames = Sent();
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[1].data().payload().size(), 65536u);
  EXPECT_FALSE(frames[1].data().starved());
  EXPECT_FALSE(channel_.wants_turn());
  Attach(65536 + 100);
  frames = Sent();
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].data().payload().size(), 100u);
  EXPECT_TRUE(frames[0].data().starved());
}

TEST_F(ChannelTest, LastCreditWithNothingLeftIsNotStarved) {
  Attach(65536);
  channel_.Write(grpc::Slice(std::string(65536, 'x')));
  std::vector<v1::ClientFrame> frames = Sent();
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_FALSE(frames[0].data().starved());
}

TEST_F(ChannelTest, AWriterThatWaitsCountsAsMore) {
  Attach(65536);
  channel_.Write(grpc::Slice(std::string(65536, 'x')));
  channel_.SetWriterWaiting(true);
  std::vector<v1::ClientFrame> frames = Sent();
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_TRUE(frames[0].data().starved());
}

TEST_F(ChannelTest, SendsNoMoreThanItsTurn) {
  Attach();
  channel_.Write(grpc::Slice(std::string(50000, 'x')));
  EXPECT_EQ(Sent(20000)[0].data().payload().size(), 20000u);
  EXPECT_EQ(Sent(20000)[0].data().payload().size(), 20000u);
  EXPECT_EQ(Sent(20000)[0].data().payload().size(), 10000u);
  EXPECT_FALSE(channel_.wants_turn());
}

TEST_F(ChannelTest, FinishFollowsTheData) {
  Attach();
  channel_.WriteCopy("last");
  channel_.Finish();
  EXPECT_EQ(channel_.room(), 0u);
  EXPECT_TRUE(channel_.write_over());
  EXPECT_TRUE(channel_.write_error().Is(v1::ERROR_DOMAIN_STREAMPAIR, 12));
  std::vector<v1::ClientFrame> frames = Sent();
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].data().payload(), "last");
  EXPECT_TRUE(frames[1].has_finish());
  EXPECT_TRUE(Sent().empty());
}

TEST_F(ChannelTest, FinishAloneNeedsNoCredit) {
  Attach(65536);
  channel_.Write(grpc::Slice(std::string(65536, 'x')));
  Sent();
  channel_.Finish();
  std::vector<v1::ClientFrame> frames = Sent();
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_TRUE(frames[0].has_finish());
}

TEST_F(ChannelTest, GrantsBackAsTheApplicationReads) {
  Attach();
  ASSERT_FALSE(Deliver(std::string(800, 'a')));
  EXPECT_TRUE(Sent().empty());
  EXPECT_EQ(Read(499).size(), 499u);
  EXPECT_TRUE(Sent().empty());
  EXPECT_EQ(Read(1).size(), 1u);
  std::vector<v1::ClientFrame> frames = Sent();
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].window().increment(), 500u);
}

TEST_F(ChannelTest, MoreDataThanGrantedIsAFault) {
  Attach();
  const Channel::Fault fault = Deliver(std::string(1001, 'a'));
  ASSERT_TRUE(fault);
  EXPECT_TRUE(fault->Is(v1::ERROR_DOMAIN_STREAMPAIR, v1::STREAMPAIR_CODE_CREDIT_EXCEEDED));
}

TEST_F(ChannelTest, WindowFramesOutOfRangeAreFaults) {
  Attach();
  EXPECT_TRUE(Window(0));
  EXPECT_FALSE(Window(0x7FFFFFFF - 262144));
  EXPECT_TRUE(Window(1));
}

TEST_F(ChannelTest, WhatNoServerSendsIsAFault) {
  Attach();
  v1::ServerFrame frame;
  frame.mutable_attached()->set_window(262144);
  EXPECT_TRUE(channel_.DeliverFrame(frame));
  EXPECT_FALSE(TargetFinish());
  EXPECT_TRUE(TargetFinish());
  EXPECT_TRUE(Deliver("after the finish"));
  v1::ServerFrame empty;
  empty.mutable_data();
  EXPECT_TRUE(channel_.DeliverFrame(empty));
}

TEST_F(ChannelTest, AFirstWindowBelowTheEarlyDataIsAFault) {
  Sent();
  v1::ServerFrame frame;
  frame.mutable_attached()->set_window(65535);
  EXPECT_TRUE(channel_.DeliverFrame(frame));
}

TEST_F(ChannelTest, UnknownFramesAreIgnored) {
  Attach();
  EXPECT_FALSE(channel_.DeliverFrame(v1::ServerFrame()));
  v1::ServerFrame acknowledge;
  acknowledge.mutable_acknowledge()->set_offset(1);
  EXPECT_FALSE(channel_.DeliverFrame(acknowledge));
}

TEST_F(ChannelTest, TheTargetsFinishComesAfterItsBytes) {
  Attach();
  EXPECT_EQ(ReadsAs(), ReadOutcome::kNotYet);
  ASSERT_FALSE(Deliver("bytes"));
  ASSERT_FALSE(TargetFinish());
  EXPECT_EQ(Read(), "bytes");
  EXPECT_EQ(ReadsAs(), ReadOutcome::kEnd);
  EXPECT_EQ(ReadsAs(), ReadOutcome::kEnd);
  EXPECT_EQ(channel_.end_info().finish_kind, v1::FINISH_KIND_FIN);
  // The other direction is open.
  EXPECT_GT(channel_.room(), 0u);
}

TEST_F(ChannelTest, ErrorsComeAfterTheBytes) {
  Attach();
  ASSERT_FALSE(Deliver("bytes"));
  End(104);
  EXPECT_TRUE(channel_.write_error().Is(v1::ERROR_DOMAIN_POSIX, 104));
  EXPECT_EQ(Read(), "bytes");
  EXPECT_EQ(ReadsAs(), ReadOutcome::kError);
  EXPECT_TRUE(channel_.over_on_wire());
}

TEST_F(ChannelTest, AnEndInOrderStaysOneWhenWritingFailsLater) {
  Attach();
  ASSERT_FALSE(TargetFinish());
  End(32);
  EXPECT_EQ(ReadsAs(), ReadOutcome::kEnd);
  EXPECT_TRUE(channel_.write_error().Is(v1::ERROR_DOMAIN_POSIX, 32));
}

TEST_F(ChannelTest, AnEndWithoutErrorEndsReadingAndWriting) {
  Attach();
  End();
  EXPECT_EQ(ReadsAs(), ReadOutcome::kEnd);
  EXPECT_TRUE(channel_.write_error().Is(v1::ERROR_DOMAIN_POSIX, 32));
  EXPECT_EQ(channel_.end_info().bytes_written, 7u);
  EXPECT_FALSE(channel_.error());
}

TEST_F(ChannelTest, SendsNothingAfterTheEnd) {
  Attach();
  channel_.WriteCopy("never");
  End();
  channel_.Finish();
  channel_.Reset(ResetHere());
  EXPECT_TRUE(Sent().empty());
  EXPECT_FALSE(channel_.error());
}

TEST_F(ChannelTest, ResetDropsEverythingAndIsSentOnce) {
  Attach();
  ASSERT_FALSE(Deliver("unread"));
  channel_.WriteCopy("unsent");
  channel_.Reset(ResetHere());
  std::vector<v1::ClientFrame> frames = Sent();
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_TRUE(frames[0].has_reset());
  EXPECT_TRUE(channel_.over_on_wire());
  EXPECT_TRUE(Sent().empty());
  EXPECT_EQ(ReadsAs(), ReadOutcome::kError);
}

TEST_F(ChannelTest, ResetBeforeTheAttachWasSentSendsNothing) {
  channel_.Reset(ResetHere());
  EXPECT_TRUE(channel_.over_on_wire());
  EXPECT_TRUE(Sent().empty());
}

TEST_F(ChannelTest, WhatComesAfterAResetIsIgnoredButTheEndIsHeard) {
  Attach();
  channel_.Reset(ResetHere());
  EXPECT_FALSE(Deliver(std::string(5000, 'x')));
  EXPECT_FALSE(Window(0));
  End(104);
  EXPECT_TRUE(channel_.ended());
  ASSERT_TRUE(channel_.error());
  EXPECT_TRUE(channel_.error()->Is(v1::ERROR_DOMAIN_STREAMPAIR, 20));
}

TEST_F(ChannelTest, TheFirstFailureWins) {
  Attach();
  End(104);
  channel_.DeliverRpcLost(RpcLost(grpc::Status::OK));
  EXPECT_TRUE(channel_.error()->Is(v1::ERROR_DOMAIN_POSIX, 104));
}

TEST_F(ChannelTest, EventsTellHowFarItIs) {
  Attach();
  v1::ServerFrame frame;
  frame.mutable_event()->set_type(v1::STREAM_EVENT_TYPE_OPEN_COMPLETED);
  frame.mutable_event()->set_remote_address("192.0.2.1:80");
  ASSERT_FALSE(channel_.DeliverFrame(frame));
  EXPECT_TRUE(channel_.open_info().connected);
  EXPECT_FALSE(channel_.open_info().ready);
  EXPECT_EQ(channel_.open_info().remote_address, "192.0.2.1:80");
  frame.mutable_event()->set_type(v1::STREAM_EVENT_TYPE_READY);
  ASSERT_FALSE(channel_.DeliverFrame(frame));
  EXPECT_TRUE(channel_.open_info().ready);
  EXPECT_EQ(channel_.open_info().remote_address, "192.0.2.1:80");
}

TEST_F(ChannelTest, SetsStandAtTheirPlaceBetweenTheData) {
  Attach();
  channel_.WriteCopy("clear");
  v1::Property property;
  property.set_no_delay(true);
  EXPECT_EQ(channel_.SetProperty(property), 1u);
  channel_.WriteCopy("secret");
  property.set_no_delay(false);
  EXPECT_EQ(channel_.SetProperty(property), 2u);
  channel_.Finish();
  std::vector<v1::ClientFrame> frames = Sent();
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(frames[0].data().payload(), "clear");
  EXPECT_EQ(frames[1].set_property().id(), 1u);
  EXPECT_TRUE(frames[1].set_property().property().no_delay());
  EXPECT_EQ(frames[2].data().payload(), "secret");
  // The second one, and the finish behind it, wait for the answer to the first.
  EXPECT_FALSE(channel_.wants_turn());
  v1::ServerFrame answer;
  answer.mutable_property_result()->set_id(2);
  EXPECT_TRUE(channel_.DeliverFrame(answer)) << "nobody asked";
  answer.mutable_property_result()->set_id(1);
  ASSERT_FALSE(channel_.DeliverFrame(answer));
  frames = Sent();
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].set_property().id(), 2u);
  EXPECT_TRUE(frames[1].has_finish());
  answer.mutable_property_result()->set_id(2);
  answer.mutable_property_result()->mutable_error()->set_code(7);
  ASSERT_FALSE(channel_.DeliverFrame(answer));
  const std::vector<PropertySets::Answer> answers = channel_.TakePropertyAnswers();
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0].id, 1u);
  EXPECT_FALSE(answers[0].error);
  EXPECT_EQ(answers[1].id, 2u);
  EXPECT_EQ(answers[1].error->code(), 7);
  EXPECT_TRUE(channel_.TakePropertyAnswers().empty());
}

TEST_F(ChannelTest, ASetWaitsForTheDataBeforeItAndForNoCredit) {
  Attach(/*window=*/65536);
  channel_.WriteCopy(std::string(65537, 'x'));
  channel_.SetProperty(v1::Property());
  EXPECT_EQ(Sent(60000).size(), 1u);
  EXPECT_EQ(Sent(60000).size(), 1u);
  EXPECT_FALSE(channel_.wants_turn()) << "one byte is left, and no credit";
  ASSERT_FALSE(Window(1));
  const std::vector<v1::ClientFrame> frames = Sent(1);
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].data().payload(), "x");
  EXPECT_TRUE(frames[1].has_set_property());
}

TEST_F(ChannelTest, ASetTellsWhatWasReadWhereThatIsKnown) {
  Attach();
  ASSERT_FALSE(Deliver("0123456789"));
  EXPECT_EQ(Read(4), "0123");
  channel_.SetProperty(v1::Property());
  EXPECT_FALSE(Sent().at(0).set_property().has_read_offset()) << "the pair was there before";

  v1::Attach attach;
  attach.mutable_create();
  Channel fresh(1, attach, kWindow, kUnsent, &budget_);
  wire::FrameWriter writer;
  fresh.SendControl(&writer);
  writer.Take();
  ASSERT_FALSE(fresh.DeliverData(false, {grpc::Slice("0123456789", 10)}, 10));
  Slices slices;
  EXPECT_EQ(fresh.Read(4, kLimit, &slices).bytes, 4u);
  fresh.SetProperty(v1::Property());
  EXPECT_EQ(fresh.Read(4, kLimit, &slices).bytes, 4u);
  fresh.SetProperty(v1::Property());
  const auto read_offset = [&] {
    fresh.SendTurn(1, &writer);
    grpc::Slice slice;
    v1::TransferRequest message;
    EXPECT_TRUE(writer.Take().DumpToSingleSlice(&slice).ok());
    EXPECT_TRUE(message.ParseFromArray(slice.begin(), static_cast<int>(slice.size())));
    return message.frames(0).set_property().read_offset();
  };
  EXPECT_EQ(read_offset(), 4u);
  v1::ServerFrame answer;
  answer.mutable_property_result()->set_id(1);
  ASSERT_FALSE(fresh.DeliverFrame(answer));
  EXPECT_EQ(read_offset(), 8u);
}

}  // namespace
}  // namespace streampair::client
