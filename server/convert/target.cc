#include "server/convert/target.h"

#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "core/addr/host_spec.h"
#include "core/addr/ip_address.h"
#include "core/addr/port.h"
#include "core/addr/service_name.h"

namespace streampair {
namespace {

constexpr int kMaxAddresses = 64;
constexpr size_t kMaxTokenBytes = 128;

std::optional<Port> PortFromProto(int32_t proto, absl::string_view field, RequestCheck& check) {
  Result<Port> port = Port::Make(proto);
  if (port.ok()) return *port;
  check.Refuse(field, port.error());
  return std::nullopt;
}

std::optional<IpAddress> AddressFromProto(const std::string& proto, absl::string_view field,
                                          RequestCheck& check) {
  Result<IpAddress> address = IpAddress::Parse(proto);
  if (address.ok()) return *address;
  check.Refuse(field, address.error());
  return std::nullopt;
}

void HostFromProto(const v1::HostTarget& proto, absl::string_view field, ShortForms short_forms,
                   RequestCheck& check, PairSpec& spec) {
  const std::optional<Port> port = PortFromProto(proto.port(), Member(field, "port"), check);
  if (proto.name().empty() && proto.addresses().empty()) {
    check.Refuse(Member(field, "name"), "a name or addresses must be given");
  }
  if (proto.addresses_size() > kMaxAddresses) {
    check.Refuse(Member(field, "addresses"),
                 absl::StrCat("must be at most ", kMaxAddresses, ", are ", proto.addresses_size()));
    return;
  }

  std::vector<Endpoint> endpoints;
  const std::string list = Member(field, "addresses");
  for (int i = 0; i < proto.addresses_size(); ++i) {
    const auto address = AddressFromProto(proto.addresses(i), Element(list, i), check);
    if (address && port) endpoints.push_back({*address, port->value()});
  }

  spec.host_name = proto.name();
  if (!proto.name().empty()) {
    Result<HostSpec> host = ParseHost(proto.name(), short_forms);
    if (!host.ok()) {
      check.Refuse(Member(field, "name"), host.error());
    } else if (port) {
      spec.target = DialTarget::ToHost(*host, *port);
    }
  }
  if (!endpoints.empty()) spec.target.endpoints = std::move(endpoints);
}

void SocketAddressFromProto(const v1::SocketAddress& proto, absl::string_view field,
                            RequestCheck& check, PairSpec& spec) {
  const auto address = AddressFromProto(proto.address(), Member(field, "address"), check);
  const auto port = PortFromProto(proto.port(), Member(field, "port"), check);
  if (address && port) spec.target = DialTarget::ToEndpoints({{*address, port->value()}});
  spec.is_socket_address = true;
}

void ServiceFromProto(const v1::NetServiceTarget& proto, absl::string_view field,
                      RequestCheck& check, PairSpec& spec) {
  Result<ServiceName> service = ServiceName::Make(proto.name(), proto.type(), proto.domain());
  if (service.ok()) {
    spec.target = DialTarget::ToService(*std::move(service));
  } else {
    check.Refuse(field, service.error());
  }
}

// Whether there is such a socket is seen when the pair is opened, as in the original.
void ParkedSocketFromProto(const v1::ParkedSocketTarget& proto, absl::string_view field,
                           RequestCheck& check, PairSpec& spec) {
  const std::string& token = proto.token();
  if (token.empty() || token.size() > kMaxTokenBytes) {
    check.Refuse(Member(field, "token"),
                 absl::StrCat("must be 1 to ", kMaxTokenBytes, " bytes, is ", token.size()));
  }
  spec.parked_token = token;
}

}  // namespace

void TargetFromProto(const v1::Target& proto, absl::string_view field, ShortForms short_forms,
                     RequestCheck& check, PairSpec& spec) {
  switch (proto.destination_case()) {
    case v1::Target::kHost:
      return HostFromProto(proto.host(), Member(field, "host"), short_forms, check, spec);
    case v1::Target::kAddress:
      return SocketAddressFromProto(proto.address(), Member(field, "address"), check, spec);
    case v1::Target::kNetService:
      return ServiceFromProto(proto.net_service(), Member(field, "net_service"), check, spec);
    case v1::Target::kParkedSocket:
      return ParkedSocketFromProto(proto.parked_socket(), Member(field, "parked_socket"), check,
                                   spec);
    case v1::Target::DESTINATION_NOT_SET:
      return check.Refuse(field, "one form of target must be given");
  }
}

v1::NetServiceTarget ServiceToProto(const ServiceName& service) {
  v1::NetServiceTarget proto;
  proto.set_name(service.instance());
  proto.set_type(service.type());
  proto.set_domain(service.domain());
  return proto;
}

v1::Target TargetToProto(const PairSpec& spec) {
  v1::Target proto;
  if (!spec.parked_token.empty()) {
    proto.mutable_parked_socket()->set_token(spec.parked_token);
    return proto;
  }
  const std::vector<Endpoint>& endpoints = spec.target.endpoints;
  if (spec.is_socket_address) {
    if (!endpoints.empty()) {
      proto.mutable_address()->set_address(endpoints.front().address.ToString());
      proto.mutable_address()->set_port(endpoints.front().port);
    }
    return proto;
  }
  if (spec.target.service) {
    *proto.mutable_net_service() = ServiceToProto(*spec.target.service);
    return proto;
  }
  v1::HostTarget& host = *proto.mutable_host();
  host.set_name(spec.host_name);
  if (spec.target.host) host.set_port(spec.target.host->port.value());
  if (!endpoints.empty()) host.set_port(endpoints.front().port);
  // A literal as the name became the one endpoint; it was not given as an address.
  const Result<HostSpec> literal = ParseHost(spec.host_name, ShortForms::kAllowed);
  const bool from_name =
      literal.ok() && endpoints.size() == 1 && *literal == HostSpec(endpoints.front().address);
  if (!from_name) {
    for (const Endpoint& endpoint : endpoints) host.add_addresses(endpoint.address.ToString());
  }
  return proto;
}

}  // namespace streampair
