#ifndef STREAMPAIR_CORE_RESOLVE_MDNS_SERVICE_RESOLVER_H_
#define STREAMPAIR_CORE_RESOLVE_MDNS_SERVICE_RESOLVER_H_

#include <memory>

#include "absl/container/flat_hash_map.h"
#include "core/loop/event_loop.h"
#include "core/resolve/avahi_bus.h"
#include "core/resolve/service_resolver.h"

namespace streampair {

// Services of ".local", which the machine's Avahi daemon finds by multicast. The hosts come with
// their addresses, ordered by RFC 6724. Without a daemon every lookup is ServiceUnavailable. The
// daemon gives a service up after a few seconds: ServiceTimeout.
class MdnsServiceResolver : public ServiceResolver {
 public:
  // Both must outlive the resolver; the bus may be shared by all loops.
  MdnsServiceResolver(EventLoop& loop, AvahiBus& bus);
  ~MdnsServiceResolver() override;

  LookupId Start(const ServiceName& name, Done done) override;
  void Cancel(LookupId id) override;

 private:
  struct Lookup {
    Done done;
    AvahiBus::LookupId on_bus = 0;
  };
  // What answers that arrive on this loop may touch; null once the resolver is gone.
  struct Desk {
    MdnsServiceResolver* resolver;
  };

  void Deliver(LookupId id, Result<ResolvedService> answer);

  EventLoop& loop_;
  AvahiBus& bus_;
  const std::shared_ptr<Desk> desk_ = std::make_shared<Desk>(Desk{this});
  LookupId last_id_ = 0;
  absl::flat_hash_map<LookupId, Lookup> lookups_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_RESOLVE_MDNS_SERVICE_RESOLVER_H_
