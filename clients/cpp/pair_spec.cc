#include "clients/cpp/pair_spec.h"

namespace streampair::client {
namespace {

void Set(absl::Duration duration, google::protobuf::Duration* proto) {
  proto->set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  proto->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration)));
}

void AddTimeouts(const PairOptions& options, v1::StreamPairSpec* spec) {
  v1::Timeouts timeouts;
  if (options.connect_timeout) Set(*options.connect_timeout, timeouts.mutable_connect());
  if (options.resolve_timeout) Set(*options.resolve_timeout, timeouts.mutable_resolve());
  if (options.handshake_timeout) Set(*options.handshake_timeout, timeouts.mutable_handshake());
  if (options.unacknowledged_timeout) {
    Set(*options.unacknowledged_timeout, timeouts.mutable_unacknowledged());
  }
  if (timeouts.ByteSizeLong() > 0) *spec->add_properties()->mutable_timeouts() = timeouts;
}

void AddLocalAddress(const LocalAddress& local, v1::StreamPairSpec* spec) {
  v1::LocalAddress& address = *spec->add_properties()->mutable_local_address();
  address.set_address(local.address);
  address.set_port(local.port);
  address.set_interface(local.interface);
}

void AddStrategy(const ConnectStrategy& strategy, v1::StreamPairSpec* spec) {
  v1::ConnectStrategy& proto = *spec->add_properties()->mutable_connect_strategy();
  if (strategy.sequential) proto.set_order(v1::CONNECT_ORDER_SEQUENTIAL);
  if (strategy.attempt_delay) Set(*strategy.attempt_delay, proto.mutable_attempt_delay());
  proto.set_family(strategy.family);
}

}  // namespace

v1::StreamPairSpec HostPairSpec(const std::string& host, int port, const PairOptions& options) {
  v1::StreamPairSpec spec;
  spec.mutable_target()->mutable_host()->set_name(host);
  spec.mutable_target()->mutable_host()->set_port(port);
  spec.mutable_labels()->insert(options.labels.begin(), options.labels.end());
  for (const v1::Property& property : options.properties) *spec.add_properties() = property;
  AddTimeouts(options, &spec);
  if (options.tls) *spec.add_properties() = TlsProperty(*options.tls);
  if (options.local_address) AddLocalAddress(*options.local_address, &spec);
  if (options.strategy) AddStrategy(*options.strategy, &spec);
  if (options.hold) Set(*options.hold, spec.mutable_hold_timeout());
  return spec;
}

}  // namespace streampair::client
