#include "server/convert/connect_strategy.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/convert/time.h"

namespace streampair {
namespace {

constexpr absl::Duration kMinDelay = absl::Milliseconds(10);  // RFC 8305 section 8.
constexpr absl::Duration kMaxDelay = absl::Seconds(10);

std::string Unknown(int value) { return absl::StrCat("unknown value ", value); }

}  // namespace

void ResetConnectStrategy(const DialOptions& defaults, DialOptions& options) {
  options.order = defaults.order;
  options.attempt_delay = defaults.attempt_delay;
  options.families = defaults.families;
}

void ApplyConnectStrategy(const v1::ConnectStrategy& proto, const std::string& field,
                          const DialOptions& defaults, RequestCheck& check, DialOptions& options) {
  ResetConnectStrategy(defaults, options);
  switch (proto.order()) {
    case v1::CONNECT_ORDER_UNSPECIFIED:
    case v1::CONNECT_ORDER_RACE:
      options.order = ConnectOrder::kRace;
      break;
    case v1::CONNECT_ORDER_SEQUENTIAL:
      options.order = ConnectOrder::kSequential;
      break;
    default:
      check.Refuse(Member(field, "order"), Unknown(proto.order()));
  }
  if (proto.has_attempt_delay()) {
    const auto delay = DurationFromProto(proto.attempt_delay(), Member(field, "attempt_delay"),
                                         kMinDelay, kMaxDelay, check);
    if (delay) options.attempt_delay = *delay;
  }
  switch (proto.family()) {
    case v1::ADDRESS_FAMILY_UNSPECIFIED:
      break;
    case v1::ADDRESS_FAMILY_IPV4:
      options.families = AddressFamilies::kIpv4Only;
      break;
    case v1::ADDRESS_FAMILY_IPV6:
      options.families = AddressFamilies::kIpv6Only;
      break;
    default:
      check.Refuse(Member(field, "family"), Unknown(proto.family()));
  }
}

v1::ConnectStrategy ConnectStrategyToProto(const DialOptions& options) {
  v1::ConnectStrategy proto;
  proto.set_order(options.order == ConnectOrder::kRace ? v1::CONNECT_ORDER_RACE
                                                       : v1::CONNECT_ORDER_SEQUENTIAL);
  *proto.mutable_attempt_delay() = DurationToProto(options.attempt_delay);
  if (options.families == AddressFamilies::kIpv4Only) proto.set_family(v1::ADDRESS_FAMILY_IPV4);
  if (options.families == AddressFamilies::kIpv6Only) proto.set_family(v1::ADDRESS_FAMILY_IPV6);
  return proto;
}

}  // namespace streampair
