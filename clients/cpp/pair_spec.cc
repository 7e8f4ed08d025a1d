#include "clients/cpp/pair_spec.h"

namespace streampair::client {
namespace {

void Set(absl::Duration duration, google::protobuf::Duration* proto) {
  proto->set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  proto->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration)));
}

}  // namespace

v1::StreamPairSpec HostPairSpec(const std::string& host, int port, const PairOptions& options) {
  v1::StreamPairSpec spec;
  spec.mutable_target()->mutable_host()->set_name(host);
  spec.mutable_target()->mutable_host()->set_port(port);
  spec.mutable_labels()->insert(options.labels.begin(), options.labels.end());
  for (const v1::Property& property : options.properties) *spec.add_properties() = property;
  if (options.connect_timeout) {
    Set(*options.connect_timeout, spec.add_properties()->mutable_timeouts()->mutable_connect());
  }
  if (options.hold) Set(*options.hold, spec.mutable_hold_timeout());
  return spec;
}

}  // namespace streampair::client
