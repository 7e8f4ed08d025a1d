#include "server/convert/pair.h"

#include "server/convert/half.h"
#include "server/convert/target.h"
#include "server/convert/time.h"
#include "server/error_proto.h"

namespace streampair {
namespace {

void AddAttempts(const DialRecord& record, v1::StreamPair& proto) {
  for (const Attempt& attempt : record.attempts) {
    v1::ConnectAttempt& shown = *proto.add_attempts();
    shown.set_address(attempt.endpoint.ToString());
    *shown.mutable_duration() = DurationToProto(attempt.took);
    if (attempt.error) *shown.mutable_error() = ErrorToProto(*attempt.error);
  }
}

v1::ProxyProtocol ProtocolToProto(ProxyProtocol protocol) {
  switch (protocol) {
    case ProxyProtocol::kSocks4:
      return v1::PROXY_PROTOCOL_SOCKS4;
    case ProxyProtocol::kSocks5:
      return v1::PROXY_PROTOCOL_SOCKS5;
    case ProxyProtocol::kHttp:
      return v1::PROXY_PROTOCOL_HTTP;
  }
  return v1::PROXY_PROTOCOL_UNSPECIFIED;
}

void AddProxies(const DialRecord& record, v1::StreamPair& proto) {
  for (const HopRecord& hop : record.hops) {
    v1::ProxyReport& report = *proto.add_proxies();
    report.set_proxy(hop.proxy);
    report.set_protocol(ProtocolToProto(hop.protocol));
    report.set_target(hop.target);
    report.set_connected(hop.connected);
    report.set_bound_address(hop.bound_address);
  }
}

void AddTimes(const PairSnapshot& snapshot, v1::StreamPair& proto) {
  const auto known = [](absl::Time time) { return time != absl::InfiniteFuture(); };
  *proto.mutable_create_time() = TimeToProto(snapshot.created);
  if (known(snapshot.opened)) *proto.mutable_open_time() = TimeToProto(snapshot.opened);
  if (known(snapshot.connected)) *proto.mutable_connect_time() = TimeToProto(snapshot.connected);
  if (known(snapshot.ready_since)) *proto.mutable_ready_time() = TimeToProto(snapshot.ready_since);
  if (known(snapshot.expires)) *proto.mutable_expire_time() = TimeToProto(snapshot.expires);
}

}  // namespace

v1::StreamPair PairToProto(const PairSpec& spec) {
  v1::StreamPair proto;
  *proto.mutable_target() = TargetToProto(spec);
  proto.set_halves(HalvesToProto(spec.halves));
  proto.set_read_status(
      StatusToProto(HasRead(spec.halves) ? HalfStatus::kNotOpen : HalfStatus::kAbsent));
  proto.set_write_status(
      StatusToProto(HasWrite(spec.halves) ? HalfStatus::kNotOpen : HalfStatus::kAbsent));
  proto.mutable_labels()->insert(spec.labels.begin(), spec.labels.end());
  *proto.mutable_hold_timeout() = DurationToProto(spec.hold_timeout);
  return proto;
}

v1::StreamPair PairToProto(const PairSpec& spec, const PairSnapshot& snapshot) {
  v1::StreamPair proto = PairToProto(spec);
  proto.set_name(snapshot.name);
  proto.set_read_status(StatusToProto(snapshot.read_status));
  proto.set_write_status(StatusToProto(snapshot.write_status));
  proto.set_read_attached(snapshot.read_attached);
  proto.set_write_attached(snapshot.write_attached);
  if (snapshot.error) *proto.mutable_error() = ErrorToProto(*snapshot.error);
  proto.set_bytes_read(snapshot.bytes_read);
  proto.set_bytes_written(snapshot.bytes_written);
  if (snapshot.dial.remote) proto.set_remote_address(snapshot.dial.remote->ToString());
  if (snapshot.dial.local) proto.set_local_address(snapshot.dial.local->ToString());
  AddAttempts(snapshot.dial, proto);
  AddProxies(snapshot.dial, proto);
  AddTimes(snapshot, proto);
  return proto;
}

}  // namespace streampair
