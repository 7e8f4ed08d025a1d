#include "tests/harness/frames.h"

#include <utility>

namespace streampair::testing {

v1::StreamPairSpec SpecTo(int port, const std::string& host) {
  v1::StreamPairSpec spec;
  spec.mutable_target()->mutable_host()->set_name(host);
  spec.mutable_target()->mutable_host()->set_port(port);
  return spec;
}

v1::StreamPairSpec HeldSpecTo(int port, absl::Duration hold) {
  v1::StreamPairSpec spec = SpecTo(port);
  *spec.mutable_hold_timeout() = ToProto(hold);
  return spec;
}

google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration proto;
  proto.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  proto.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration)));
  return proto;
}

absl::Duration FromProto(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

v1::ClientFrame AttachNew(uint32_t channel, const v1::StreamPairSpec& spec) {
  v1::ClientFrame frame;
  frame.set_channel(channel);
  *frame.mutable_attach()->mutable_create() = spec;
  return frame;
}

v1::ClientFrame AttachTo(uint32_t channel, const std::string& name) {
  v1::ClientFrame frame;
  frame.set_channel(channel);
  frame.mutable_attach()->set_name(name);
  return frame;
}

v1::ClientFrame WithWindow(v1::ClientFrame attach, uint32_t window) {
  attach.mutable_attach()->set_window(window);
  return attach;
}

v1::ClientFrame DataFrame(uint32_t channel, std::string payload) {
  v1::ClientFrame frame;
  frame.set_channel(channel);
  frame.mutable_data()->set_payload(std::move(payload));
  return frame;
}

v1::ClientFrame WindowFrame(uint32_t channel, uint32_t increment) {
  v1::ClientFrame frame;
  frame.set_channel(channel);
  frame.mutable_window()->set_increment(increment);
  return frame;
}

v1::ClientFrame FinishFrame(uint32_t channel) {
  v1::ClientFrame frame;
  frame.set_channel(channel);
  frame.mutable_finish();
  return frame;
}

v1::ClientFrame ResetFrame(uint32_t channel) {
  v1::ClientFrame frame;
  frame.set_channel(channel);
  frame.mutable_reset();
  return frame;
}

v1::ClientFrame PingFrame(uint64_t nonce) {
  v1::ClientFrame frame;
  frame.mutable_ping()->set_nonce(nonce);
  return frame;
}

}  // namespace streampair::testing
