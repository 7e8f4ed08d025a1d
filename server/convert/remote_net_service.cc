#include "server/convert/remote_net_service.h"

#include <string>
#include <vector>

#include "core/addr/endpoint.h"
#include "server/convert/target.h"

namespace streampair {

v1::RemoteNetService RemoteNetServiceToProto(const PairSpec& spec, const PairSnapshot& snapshot) {
  v1::RemoteNetService proto;
  *proto.mutable_service() = ServiceToProto(*spec.target.service);
  const std::optional<ResolvedService>& service = snapshot.dial.service;
  if (!service) return proto;
  const ServiceHost& host = service->hosts[snapshot.dial.service_host];
  proto.set_host(host.name.str());
  proto.set_port(host.port.value());
  // Those that came with the service, or those that its host's name was resolved to.
  std::vector<IpAddress> addresses = host.addresses;
  if (snapshot.dial.resolution) addresses = snapshot.dial.resolution->addresses;
  for (const IpAddress& address : addresses) {
    proto.add_addresses(Endpoint{address, host.port.value()}.ToString());
  }
  for (const std::string& text : service->txt) proto.add_txt(text);
  return proto;
}

}  // namespace streampair
