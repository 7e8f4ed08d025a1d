#include "core/resolve/mdns_service_resolver.h"

#include <utility>

#include "core/resolve/address_order.h"
#include "core/resolve/source_address.h"

namespace streampair {

MdnsServiceResolver::MdnsServiceResolver(EventLoop& loop, AvahiBus& bus) : loop_(loop), bus_(bus) {}

MdnsServiceResolver::~MdnsServiceResolver() {
  desk_->resolver = nullptr;
  for (auto& [id, lookup] : std::exchange(lookups_, {})) bus_.Cancel(lookup.on_bus);
}

ServiceResolver::LookupId MdnsServiceResolver::Start(const ServiceName& name, Done done) {
  loop_.AssertHere();
  const LookupId id = ++last_id_;
  lookups_[id].done = std::move(done);
  lookups_[id].on_bus =
      bus_.Resolve(name, [&loop = loop_, desk = desk_, id](Result<ResolvedService> answer) {
        loop.Post([desk, id, answer = std::move(answer)]() mutable {
          if (desk->resolver != nullptr) desk->resolver->Deliver(id, std::move(answer));
        });
      });
  return id;
}

void MdnsServiceResolver::Deliver(LookupId id, Result<ResolvedService> answer) {
  auto it = lookups_.find(id);
  if (it == lookups_.end()) return;  // Cancelled.
  Done done = std::move(it->second.done);
  lookups_.erase(it);
  if (answer.ok()) {
    for (ServiceHost& host : answer->hosts) SortByRfc6724(host.addresses, SourceAddressFor);
  }
  done(std::move(answer));  // May destroy this resolver.
}

void MdnsServiceResolver::Cancel(LookupId id) {
  loop_.AssertHere();
  auto it = lookups_.find(id);
  if (it == lookups_.end()) return;
  // Out of the table first: destroying the callback may come back here.
  const Lookup lookup = std::move(it->second);
  lookups_.erase(it);
  bus_.Cancel(lookup.on_bus);
}

}  // namespace streampair
