#include "server/convert/remote_host.h"

#include <string>

#include "core/addr/endpoint.h"

namespace streampair {
namespace {

void AddWhatTheLastProxyDid(const HopRecord& hop, v1::RemoteHost& proto) {
  if (!hop.connected) return;
  if (Endpoint::Parse(hop.target).ok()) {
    proto.set_connected_address(hop.target);
  } else {
    proto.set_resolved_by(v1::RESOLVED_BY_PROXY);
  }
}

}  // namespace

v1::RemoteHost RemoteHostToProto(const PairSpec& spec, const PairSnapshot& snapshot) {
  v1::RemoteHost proto;
  if (!spec.host_name.empty()) proto.add_names(spec.host_name);
  for (const Endpoint& endpoint : spec.target.endpoints) {
    proto.add_addresses(endpoint.address.ToString());
  }
  if (!spec.target.endpoints.empty()) proto.set_resolved_by(v1::RESOLVED_BY_NOBODY);

  if (const auto& resolution = snapshot.dial.resolution) {
    const bool is_alias =
        !spec.target.host || spec.target.host->name.str() != resolution->canonical_name;
    if (is_alias && !resolution->canonical_name.empty()) {
      proto.add_names(resolution->canonical_name);
    }
    for (const IpAddress& address : resolution->addresses) {
      proto.add_addresses(address.ToString());
    }
    proto.set_resolved_by(v1::RESOLVED_BY_SERVER);
  }
  if (!snapshot.dial.hops.empty()) {
    AddWhatTheLastProxyDid(snapshot.dial.hops.back(), proto);
  } else if (snapshot.dial.remote && spec.options.proxies == nullptr) {
    proto.set_connected_address(snapshot.dial.remote->ToString());
  }
  return proto;
}

}  // namespace streampair
