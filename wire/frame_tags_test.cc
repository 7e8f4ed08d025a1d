// The tags that the hand-written codec uses are those of the proto files.
#include "wire/frame_tags.h"

#include <google/protobuf/descriptor.h>

#include "gtest/gtest.h"
#include "streampair/v1/frame.pb.h"
#include "streampair/v1/stream_pair_service.pb.h"

namespace streampair::wire {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

uint32_t Tag(const Descriptor* message, const char* field) {
  const FieldDescriptor* descriptor = message->FindFieldByName(field);
  if (descriptor == nullptr) return 0;
  const bool varint = descriptor->type() == FieldDescriptor::TYPE_UINT32 ||
                      descriptor->type() == FieldDescriptor::TYPE_BOOL;
  return static_cast<uint32_t>(descriptor->number()) << 3 | (varint ? 0 : 2);
}

TEST(FrameTags, AreThoseOfTheProtoInBothDirections) {
  EXPECT_EQ(Tag(v1::TransferRequest::descriptor(), "frames"), kFramesTag);
  EXPECT_EQ(Tag(v1::TransferResponse::descriptor(), "frames"), kFramesTag);
  EXPECT_EQ(Tag(v1::ClientFrame::descriptor(), "channel"), kChannelTag);
  EXPECT_EQ(Tag(v1::ServerFrame::descriptor(), "channel"), kChannelTag);
  EXPECT_EQ(Tag(v1::ClientFrame::descriptor(), "data"), kDataTag);
  EXPECT_EQ(Tag(v1::ServerFrame::descriptor(), "data"), kDataTag);
  EXPECT_EQ(Tag(v1::Data::descriptor(), "starved"), kStarvedTag);
  EXPECT_EQ(Tag(v1::Data::descriptor(), "payload"), kPayloadTag);
}

}  // namespace
}  // namespace streampair::wire
