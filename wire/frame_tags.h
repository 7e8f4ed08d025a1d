#ifndef STREAMPAIR_WIRE_FRAME_TAGS_H_
#define STREAMPAIR_WIRE_FRAME_TAGS_H_

#include <cstdint>

namespace streampair::wire {

// The Protobuf tags (field << 3 | wire type) of the hot frame, the same in both directions;
// frame_tags_test proves them against the descriptors.
inline constexpr uint8_t kFramesTag =
    0x0A;  // TransferRequest.frames, TransferResponse.frames: 1, length-delimited.
inline constexpr uint8_t kChannelTag =
    0x08;  // ClientFrame.channel, ServerFrame.channel: 1, varint.
inline constexpr uint8_t kDataTag =
    0x12;  // ClientFrame.data, ServerFrame.data: 2, length-delimited.
inline constexpr uint8_t kStarvedTag = 0x08;  // Data.starved: 1, varint.
inline constexpr uint8_t kPayloadTag = 0x12;  // Data.payload: 2, length-delimited.

}  // namespace streampair::wire

#endif  // STREAMPAIR_WIRE_FRAME_TAGS_H_
