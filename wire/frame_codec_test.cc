// What the hand-written codec writes and reads is what the generated code would.
#include <google/protobuf/unknown_field_set.h>
#include <google/protobuf/util/message_differencer.h>

#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "streampair/v1/stream_pair_service.pb.h"
#include "wire/frame_reader.h"
#include "wire/frame_writer.h"

namespace streampair::wire {
namespace {

using v1::ClientFrame;
using v1::ServerFrame;
using v1::TransferRequest;
using v1::TransferResponse;

std::string Join(grpc::ByteBuffer message) {
  std::vector<grpc::Slice> slices;
  EXPECT_TRUE(message.Dump(&slices).ok());
  std::string bytes;
  for (const grpc::Slice& slice : slices)
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

// `bytes` in slices of `piece` bytes, with an empty one in front.
grpc::ByteBuffer Split(const std::string& bytes, size_t piece) {
  std::vector<grpc::Slice> slices;
  slices.emplace_back(std::string());
  for (size_t at = 0; at < bytes.size(); at += piece) slices.emplace_back(bytes.substr(at, piece));
  return grpc::ByteBuffer(slices.data(), slices.size());
}

// All frames that the reader delivers, as a message of the generated code.
TransferRequest ReadAll(grpc::ByteBuffer message, FrameKind* last) {
  RequestReader reader;
  reader.Reset(message);
  TransferRequest all;
  for (;;) {
    *last = reader.Next();
    if (*last == FrameKind::kEnd || *last == FrameKind::kMalformed) return all;
    ClientFrame* frame = all.add_frames();
    if (*last == FrameKind::kOther) {
      *frame = reader.frame();
      continue;
    }
    frame->set_channel(reader.channel());
    frame->mutable_data()->set_starved(reader.starved());
    std::string payload;
    for (const grpc::Slice& slice : reader.payload()) {
      payload.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
    EXPECT_EQ(payload.size(), reader.payload_size());
    frame->mutable_data()->set_payload(payload);
  }
}

// One frame of each kind that a client can send.
std::vector<ClientFrame> EveryClientFrame() {
  std::vector<ClientFrame> frames;
  const google::protobuf::OneofDescriptor* content =
      ClientFrame::descriptor()->FindOneofByName("content");
  for (int i = 0; i < content->field_count(); ++i) {
    ClientFrame frame;
    frame.set_channel(i * 1000);
    frame.GetReflection()->MutableMessage(&frame, content->field(i));
    if (frame.has_data()) frame.mutable_data()->set_payload("x");
    if (frame.has_window()) frame.mutable_window()->set_increment(1 << 20);
    if (frame.has_ping()) frame.mutable_ping()->set_nonce(~0ull);
    if (frame.has_attach()) {
      frame.mutable_attach()->mutable_create()->mutable_target()->mutable_host()->set_name(
          "example.com");
    }
    frames.push_back(frame);
  }
  return frames;
}

TEST(FrameWriter, WritesWhatTheGeneratedCodeWritesForEveryFrame) {
  FrameWriter writer;
  TransferRequest expected;
  for (const ClientFrame& frame : EveryClientFrame()) {
    *expected.add_frames() = frame;
    writer.AddFrame(frame);
  }
  EXPECT_EQ(writer.size(), expected.ByteSizeLong());
  EXPECT_EQ(Join(writer.Take()), expected.SerializeAsString());
  EXPECT_TRUE(writer.empty());
}

TEST(FrameWriter, WritesDataAsTheGeneratedCodeDoes) {
  for (uint32_t channel : {0u, 1u, 127u, 128u, 300000u, ~0u}) {
    for (bool starved : {false, true}) {
      for (size_t size : {1, 100, 127, 128, 2047, 2048, 16383, 16384, 300000}) {
        const std::string payload(size, 'p');
        TransferResponse expected;
        ServerFrame* frame = expected.add_frames();
        frame->set_channel(channel);
        frame->mutable_data()->set_starved(starved);
        frame->mutable_data()->set_payload(payload);
        FrameWriter writer;
        writer.AddData(channel, starved, grpc::Slice(payload));
        EXPECT_EQ(writer.size(), expected.ByteSizeLong());
        EXPECT_EQ(Join(writer.Take()), expected.SerializeAsString())
            << channel << " " << starved << " " << size;
      }
    }
  }
}

TEST(FrameWriter, KeepsTheOrderOfSharedAndCopiedPieces) {
  FrameWriter writer;
  TransferRequest expected;
  auto add = [&](uint32_t channel, size_t size) {
    const std::string payload(size, static_cast<char>('a' + channel));
    writer.AddData(channel, false, grpc::Slice(payload));
    ClientFrame* frame = expected.add_frames();
    frame->set_channel(channel);
    frame->mutable_data()->set_payload(payload);
  };
  add(1, 5000);
  add(2, 10);
  ClientFrame finish;
  finish.set_channel(3);
  finish.mutable_finish();
  std::string encoded;
  FrameWriter::Encode(finish, &encoded);
  writer.AddEncoded(encoded);
  *expected.add_frames() = finish;
  add(4, 3000);
  EXPECT_EQ(Join(writer.Take()), expected.SerializeAsString());
}

TEST(FrameReader, DeliversEveryFrameHoweverTheMessageIsSplit) {
  TransferRequest sent;
  for (const ClientFrame& frame : EveryClientFrame()) *sent.add_frames() = frame;
  ClientFrame* big = sent.add_frames();
  big->set_channel(77);
  big->mutable_data()->set_starved(true);
  big->mutable_data()->set_payload(std::string(5000, 'b'));
  const std::string bytes = sent.SerializeAsString();
  for (size_t piece : {size_t{1}, size_t{2}, size_t{3}, size_t{7}, size_t{100}, bytes.size()}) {
    FrameKind last;
    const TransferRequest got = ReadAll(Split(bytes, piece), &last);
    EXPECT_EQ(last, FrameKind::kEnd);
    EXPECT_EQ(got.SerializeAsString(), bytes) << "pieces of " << piece;
  }
}

TEST(FrameReader, SharesTheMessagesMemoryForData) {
  const std::string payload(100000, 'z');
  FrameWriter writer;
  writer.AddData(1, false, grpc::Slice(payload));
  grpc::ByteBuffer message = writer.Take();
  std::vector<grpc::Slice> slices;
  ASSERT_TRUE(message.Dump(&slices).ok());
  RequestReader reader;
  reader.Reset(message);
  ASSERT_EQ(reader.Next(), FrameKind::kData);
  ASSERT_EQ(reader.payload().size(), 1u);
  EXPECT_EQ(reader.payload()[0].begin(), slices.back().begin());
}

TEST(FrameReader, TreatsUnknownAndRepeatedFieldsAsProtobufDoes) {
  // Unknown fields at the top, in a frame, and in the data; fields out of order; the last of a
  // oneof wins; data twice is merged.
  TransferRequest with_unknown;
  with_unknown.GetReflection()->MutableUnknownFields(&with_unknown)->AddVarint(99, 5);
  ClientFrame* frame = with_unknown.add_frames();
  frame->set_channel(3);
  frame->mutable_data()->set_payload("abc");
  frame->GetReflection()->MutableUnknownFields(frame)->AddLengthDelimited(98, "later");
  v1::Data* data = frame->mutable_data();
  data->GetReflection()->MutableUnknownFields(data)->AddFixed32(97, 1);
  const std::string twice = std::string("\x0a\x0b", 2) + std::string(
                                                             "\x12\x03\x12\x01"
                                                             "a"
                                                             "\x12\x02\x08\x01\x08\x09",
                                                             11);
  const std::string window_then_data =
      std::string("\x0a\x09", 2) + std::string(
                                       "\x1a\x02\x08\x01\x12\x03\x12\x01"
                                       "q",
                                       9);
  for (const std::string& bytes : {with_unknown.SerializeAsString(), twice, window_then_data,
                                   twice + with_unknown.SerializeAsString() + twice}) {
    TransferRequest expected;
    ASSERT_TRUE(expected.ParseFromString(bytes));
    for (ClientFrame& each : *expected.mutable_frames()) {
      each.DiscardUnknownFields();
    }
    expected.DiscardUnknownFields();
    FrameKind last;
    TransferRequest got = ReadAll(Split(bytes, 4), &last);
    got.DiscardUnknownFields();
    EXPECT_EQ(last, FrameKind::kEnd);
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(got, expected))
        << got.DebugString() << "instead of" << expected.DebugString();
  }
}

TEST(FrameReader, ReportsCutAndBrokenMessages) {
  TransferRequest sent;
  sent.add_frames()->mutable_data()->set_payload("payload");
  const std::string bytes = sent.SerializeAsString();
  for (size_t size = 1; size < bytes.size(); ++size) {
    FrameKind last;
    ReadAll(Split(bytes.substr(0, size), 2), &last);
    EXPECT_EQ(last, FrameKind::kMalformed) << size;
  }
  for (const std::string& broken :
       {std::string("\xff"), std::string("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
        std::string("\x0a\x02\x12\x05"), std::string("\x0b")}) {
    FrameKind last;
    ReadAll(Split(broken, 1), &last);
    EXPECT_EQ(last, FrameKind::kMalformed);
  }
}

TEST(FrameReader, EndsAnEmptyMessageAtOnce) {
  FrameKind last;
  EXPECT_EQ(ReadAll(Split("", 1), &last).frames_size(), 0);
  EXPECT_EQ(last, FrameKind::kEnd);
}

}  // namespace
}  // namespace streampair::wire
