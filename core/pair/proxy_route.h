#ifndef STREAMPAIR_CORE_PAIR_PROXY_ROUTE_H_
#define STREAMPAIR_CORE_PAIR_PROXY_ROUTE_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "core/base/error.h"
#include "core/base/result.h"
#include "core/dial/dial_policy.h"
#include "core/dial/dial_target.h"
#include "core/handshake/handshake.h"
#include "core/resolve/resolver.h"
#include "core/socks/proxy_handshake.h"
#include "core/socks/proxy_options.h"

namespace streampair {

// One proxy of a route, as far as it has come.
struct HopRecord {
  ProxyProtocol protocol = ProxyProtocol::kSocks5;
  std::string proxy;          // "192.0.2.1:1080", as asked for.
  std::string target;         // What it was asked to connect to, as it was asked.
  bool connected = false;     // It said that it has.
  std::string bound_address;  // Where it says that it connects from; often empty.
};

// A pair's way through its proxies: judged by the policy, resolved here where SOCKS4 asks for it,
// and turned into one handshake for each hop. Confined to the loop's thread.
//
// SOCKS5 and CONNECT leave names to the proxy. A SOCKS4 hop gets the first IPv4 address of its
// target, looked up while the first proxy is being connected to; when the look-up fails, it gets
// the name (4a). Every target is judged before anything is done, every address that is known here,
// and every name that is left to a proxy as one that nobody can judge.
class ProxyRoute {
 public:
  struct Context {
    Resolver* resolver;  // Must outlive the route.
    std::shared_ptr<const DialPolicy> target_policy;
    std::shared_ptr<const DialPolicy> proxy_policy;  // For the proxies behind the first.
  };
  using Done = absl::AnyInvocable<void()>;

  // `lookup_limit`: for all look-ups together, which run at once.
  ProxyRoute(const Context& context, DialTarget target, std::shared_ptr<const ProxyOptions> proxies,
             absl::Duration lookup_limit);
  ~ProxyRoute();  // Cancels the look-ups.
  ProxyRoute(const ProxyRoute&) = delete;
  ProxyRoute& operator=(const ProxyRoute&) = delete;

  // Judges what every proxy will be asked for; the first proxy itself is the dialer's to judge.
  // Then starts the look-ups. `done` is called once the last has ended, never inside Start and not
  // at all if there is none: then resolved() holds at once.
  std::optional<Error> Start(Done done);
  bool resolved() const { return pending_ == 0; }

  // What to dial.
  DialTarget FirstProxy() const;

  // One handshake for each hop, in order. Once. Requires: resolved(). The route notes what they
  // become, so that NoteOutcome must come while they live.
  Result<std::vector<std::unique_ptr<Handshake>>> MakeHandshakes();

  // Takes from the handshakes what they have learnt. They may go then.
  void NoteOutcome();

  const std::vector<HopRecord>& hops() const { return records_; }

  // The target's, if it was resolved here.
  const std::optional<Resolution>& resolution() const { return hops_.back().resolution; }

 private:
  // What one proxy is asked to connect to.
  struct Hop {
    DialTarget target;
    Resolver::LookupId lookup = 0;
    std::optional<Resolution> resolution;
    ProxyHandshake* handshake = nullptr;
  };

  std::optional<Error> Judge() const;
  const DialPolicy& PolicyOf(const Hop& hop) const;
  // The form in which hop `index` asks for its target.
  Result<HostPort> Destination(size_t index) const;
  Result<HostPort> Socks4Destination(const Hop& hop) const;
  // The first IPv4 address that the policy lets through.
  Result<HostPort> FirstIpv4(const Hop& hop, const std::vector<Endpoint>& candidates) const;

  const Context context_;
  const std::shared_ptr<const ProxyOptions> proxies_;
  const absl::Duration lookup_limit_;
  std::vector<Hop> hops_;
  std::vector<HopRecord> records_;
  size_t pending_ = 0;  // Look-ups under way.
  Done done_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_PAIR_PROXY_ROUTE_H_
