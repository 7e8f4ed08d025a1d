#ifndef STREAMPAIR_TESTS_HARNESS_FRAMES_H_
#define STREAMPAIR_TESTS_HARNESS_FRAMES_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "streampair/v1/frame.pb.h"
#include "streampair/v1/stream_pair.pb.h"

namespace streampair::testing {

// A pair to a port of this machine, or to `host`.
v1::StreamPairSpec SpecTo(int port, const std::string& host = "127.0.0.1");

// The same with a hold time, so that it outlives its channel.
v1::StreamPairSpec HeldSpecTo(int port, absl::Duration hold = absl::Minutes(5));

google::protobuf::Duration ToProto(absl::Duration duration);
absl::Duration FromProto(const google::protobuf::Duration& duration);

// Frames of a client, one function each.
v1::ClientFrame AttachNew(uint32_t channel, const v1::StreamPairSpec& spec);
v1::ClientFrame AttachTo(uint32_t channel, const std::string& name);
v1::ClientFrame WithWindow(v1::ClientFrame attach, uint32_t window);
v1::ClientFrame DataFrame(uint32_t channel, std::string payload);
v1::ClientFrame WindowFrame(uint32_t channel, uint32_t increment);
v1::ClientFrame FinishFrame(uint32_t channel);
v1::ClientFrame ResetFrame(uint32_t channel);
v1::ClientFrame PingFrame(uint64_t nonce);

}  // namespace streampair::testing

#endif  // STREAMPAIR_TESTS_HARNESS_FRAMES_H_
