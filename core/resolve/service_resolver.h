#ifndef STREAMPAIR_CORE_RESOLVE_SERVICE_RESOLVER_H_
#define STREAMPAIR_CORE_RESOLVE_SERVICE_RESOLVER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "core/addr/host_name.h"
#include "core/addr/ip_address.h"
#include "core/addr/port.h"
#include "core/addr/service_name.h"
#include "core/base/result.h"

namespace streampair {

// A host that offers a service.
struct ServiceHost {
  HostName name;
  Port port;
  std::vector<IpAddress> addresses;  // Known with the service (multicast); empty: to be looked up.
};

// What is published about a service.
struct ResolvedService {
  std::vector<ServiceHost> hosts;  // At least one, in the order to try them.
  std::vector<std::string> txt;    // The TXT record's strings (RFC 6763 section 6), as they are.
};

// Turns the name of a service into its hosts.
//
// Confined to one event-loop thread, with the rules of a Resolver: `done` is called exactly once,
// later, unless the lookup is cancelled; a callback may call everything and may destroy the
// resolver; destroying it cancels all its lookups. There is no limit of time but the resolver's
// own. Errors are those of core/base/net_services_errors.h, stage resolve.
class ServiceResolver {
 public:
  using LookupId = uint64_t;  // Zero is never the id of a lookup. Ids are not used again.
  using Done = absl::AnyInvocable<void(Result<ResolvedService>)>;

  virtual ~ServiceResolver() = default;
  virtual LookupId Start(const ServiceName& name, Done done) = 0;

  // When it returns, the callback is destroyed uncalled.
  virtual void Cancel(LookupId id) = 0;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_RESOLVE_SERVICE_RESOLVER_H_
