#ifndef STREAMPAIR_CORE_DIAL_DIAL_TARGET_H_
#define STREAMPAIR_CORE_DIAL_DIAL_TARGET_H_

#include <optional>
#include <string>
#include <vector>

#include "core/addr/endpoint.h"
#include "core/addr/host_name.h"
#include "core/addr/host_spec.h"
#include "core/addr/port.h"
#include "core/addr/service_name.h"

namespace streampair {

// Where a connection should lead. Endpoints that are given are tried as they are, in their order
// and with their own ports, without any lookup; only when there are none is the name or the service
// resolved. A target with nothing fails with (NetDB, EAI_NODATA), as the contract has it for a host
// that is present but empty.
struct DialTarget {
  struct NamedHost {
    HostName name;
    Port port;  // Given to every address that the name resolves to.
  };

  std::vector<Endpoint> endpoints;
  std::optional<NamedHost> host;
  std::optional<ServiceName> service;  // Leads to hosts and ports of its own.

  // A name to resolve, or a numeric address that needs no lookup.
  static DialTarget ToHost(const HostSpec& host, Port port);

  static DialTarget ToEndpoints(std::vector<Endpoint> endpoints);
  static DialTarget ToService(ServiceName service);

  // For texts: "example.com:80", the service's name, or the endpoints separated by commas.
  std::string ToString() const;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_DIAL_DIAL_TARGET_H_
