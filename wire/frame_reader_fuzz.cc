// Any bytes in any split: the reader agrees with the generated parser on whether they are a
// message, and on its frames.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "streampair/v1/stream_pair_service.pb.h"
#include "wire/frame_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using streampair::wire::FrameKind;
  if (size == 0) return 0;
  const size_t piece = bytes[0] % 17 + 1;
  const std::string message(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  std::vector<grpc::Slice> slices;
  for (size_t at = 0; at < message.size(); at += piece)
    slices.emplace_back(message.substr(at, piece));
  grpc::ByteBuffer buffer(slices.data(), slices.size());

  streampair::wire::RequestReader reader;
  reader.Reset(buffer);
  streampair::v1::TransferRequest expected;
  const bool valid = expected.ParseFromString(message);
  int frames = 0;
  for (;;) {
    const FrameKind kind = reader.Next();
    if (kind == FrameKind::kMalformed) {
      if (valid) abort();
      return 0;
    }
    if (kind == FrameKind::kEnd) {
      if (!valid || frames != expected.frames_size()) abort();
      return 0;
    }
    if (valid) {
      const auto& frame = expected.frames(frames);
      if ((kind == FrameKind::kData) != frame.has_data()) abort();
      if (kind == FrameKind::kData) {
        std::string payload;
        for (const grpc::Slice& slice : reader.payload()) {
          payload.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
        }
        if (reader.channel() != frame.channel() || reader.starved() != frame.data().starved() ||
            payload != frame.data().payload()) {
          abort();
        }
      }
    }
    ++frames;
  }
}
