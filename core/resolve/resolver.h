#ifndef STREAMPAIR_CORE_RESOLVE_RESOLVER_H_
#define STREAMPAIR_CORE_RESOLVE_RESOLVER_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "core/addr/host_name.h"
#include "core/addr/ip_address.h"
#include "core/base/result.h"

namespace streampair {

// Which address families a lookup asks for.
enum class AddressFamilies : uint8_t { kAny, kIpv4Only, kIpv6Only };

struct ResolveOptions {
  AddressFamilies families = AddressFamilies::kAny;

  // The most time the lookup may take, tries and servers included. The resolver's own limit applies
  // as well: the shorter one wins. Zero or less has passed already, and the lookup fails in its
  // first turn.
  absl::Duration timeout = absl::InfiniteDuration();
};

// What a name stands for. Never without an address: a name that has none is an error (`NoAddress`).
struct Resolution {
  std::vector<IpAddress> addresses;  // In the order to try them. No duplicates.
  std::string canonical_name;  // The end of the CNAME chain, lower case; else the name itself.

  // How long it may be kept by what the records say. Zero: not at all, as for the hosts file.
  absl::Duration ttl = absl::ZeroDuration();
};

// Turns names into addresses.
//
//   LookupId id = resolver.Start(name, {}, [](Result<Resolution> answer) { ... });
//   resolver.Cancel(id);  // Lost interest: the callback will not run.
//
// Confined to one event-loop thread: every call, the destructor included, is made there, and so are
// the callbacks. A callback may call Start and Cancel, and may destroy the resolver. Destroying the
// resolver cancels all its lookups. Errors are those of core/base/netdb_errors.h: domain NetDB, an
// EAI_ code, stage resolve.
class Resolver {
 public:
  // Zero is never the id of a lookup. Ids are not used again.
  using LookupId = uint64_t;
  using Done = absl::AnyInvocable<void(Result<Resolution>)>;
  using Early = absl::AnyInvocable<void(const Resolution&)>;

  virtual ~Resolver() = default;

  // Starts a lookup. `done` is called exactly once, later (never inside Start), unless the lookup
  // is cancelled. When one family's addresses are there while the other is still being asked for,
  // `early` (which may be null) is told them, once and before `done`, which brings them again.
  LookupId Start(const HostName& name, const ResolveOptions& options, Done done,
                 Early early = nullptr) {
    return DoStart(name, options, std::move(done), std::move(early));
  }

  // Gives a lookup up: its callback is destroyed before this returns and never called. Does nothing
  // for a lookup that has ended and for an id never given.
  virtual void Cancel(LookupId id) = 0;

 private:
  virtual LookupId DoStart(const HostName& name, const ResolveOptions& options, Done done,
                           Early early) = 0;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_RESOLVE_RESOLVER_H_
