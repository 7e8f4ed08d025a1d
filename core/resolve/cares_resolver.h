#ifndef STREAMPAIR_CORE_RESOLVE_CARES_RESOLVER_H_
#define STREAMPAIR_CORE_RESOLVE_CARES_RESOLVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "core/addr/endpoint.h"
#include "core/base/result.h"
#include "core/loop/event_loop.h"
#include "core/resolve/cares_channel.h"
#include "core/resolve/hosts_file.h"
#include "core/resolve/resolver.h"

namespace streampair {

struct CaresOptions {
  // The name servers, in the order of asking; see ParseNameServers(). Empty: those of
  // /etc/resolv.conf, read once, when the resolver is made.
  std::vector<Endpoint> servers = {};

  // How long one server may take to answer the first time it is asked, from 10 ms to one minute;
  // each further round over the servers doubles it.
  absl::Duration try_timeout = absl::Seconds(2);

  // How many rounds, 1 to 10.
  int tries = 3;

  // The most that any lookup may take; see ResolveOptions::timeout for a shorter one of its own.
  absl::Duration lookup_timeout = absl::Seconds(15);
};

// A resolver on the c-ares library, driven by the event loop without any thread. A name is looked
// up as it stands (no search list, nothing from the environment), first in /etc/hosts, then by an A
// and an AAAA query at once. The lookup ends when both have ended; but once one has brought
// addresses, the other is waited for no longer than one try_timeout, and when the lookup's time
// runs out, whatever addresses have come by then are the answer. They are ordered by RFC 6724,
// since the contract asks for the order of getaddrinfo(3); who races them finds the order of each
// family in it. At most kMaxAddressesPerFamily of each family are returned.
//
// What a cancelled lookup held is freed at once, except the query inside c-ares, which knows no way
// to let go of a single one: some hundred bytes, until it is answered, has timed out
// (try_timeout * 2^tries per server at most) or no lookup is left, whichever comes first. When none
// is left, no descriptor and no timer is either.
class CaresResolver : public Resolver {
 public:
  // InvalidRequest for an option out of range, InternalFault if c-ares cannot start. `loop` must
  // outlive the resolver. May be called on any thread; the resolver itself belongs to the loop's.
  static Result<std::unique_ptr<CaresResolver>> Make(EventLoop& loop, const CaresOptions& options);

  // On the loop's thread, or after the loop has stopped.
  ~CaresResolver() override;
  CaresResolver(const CaresResolver&) = delete;
  CaresResolver& operator=(const CaresResolver&) = delete;

  void Cancel(LookupId id) override;

 private:
  struct Lookup;

  LookupId DoStart(const HostName& name, const ResolveOptions& options, Done done,
                   Early early) override;

  CaresResolver(EventLoop& loop, const CaresOptions& options);

  void Ask(LookupId id, const std::string& name, IpAddress::Family family);
  void OnAnswer(LookupId id, CaresAnswer answer);
  void AbandonIfIdle();
  void DeliverEarly(LookupId id);
  void DeliverAt(LookupId id, MonotonicTime when);
  void Deliver(LookupId id);

  EventLoop& loop_;
  const absl::Duration try_timeout_;
  const absl::Duration lookup_timeout_;
  const HostsFile hosts_;

  LookupId last_id_ = 0;
  absl::flat_hash_map<LookupId, std::unique_ptr<Lookup>> lookups_;

  // Below the lookups, because answers look them up. A refusal is the answer where there is one
  // server only; where there are more, the others are asked through `fallback_`.
  std::unique_ptr<CaresChannel> channel_;
  std::unique_ptr<CaresChannel> fallback_;  // Null if there is one server.
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_RESOLVE_CARES_RESOLVER_H_
