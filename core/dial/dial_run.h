#ifndef STREAMPAIR_CORE_DIAL_DIAL_RUN_H_
#define STREAMPAIR_CORE_DIAL_DIAL_RUN_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "core/addr/endpoint.h"
#include "core/addr/ip_address.h"
#include "core/base/error.h"
#include "core/base/monotonic_time.h"
#include "core/base/result.h"
#include "core/base/unique_fd.h"
#include "core/dial/connect_race.h"
#include "core/dial/dial_options.h"
#include "core/dial/dial_policy.h"
#include "core/dial/dial_target.h"
#include "core/dial/dialer.h"
#include "core/loop/event_loop.h"
#include "core/resolve/resolver.h"
#include "core/resolve/service_resolver.h"

namespace streampair {

// One dial of a RacingDialer, from Start() to its callback or to Abandon(). Confined to the loop's
// thread. Holds at most one lookup, a race, and two timers, of which one only while the addresses
// of one family wait a moment for those of the other.
class DialRun : private ConnectRace::Owner {
 public:
  // All must outlive the run; `policy` may be that of the options.
  struct Context {
    EventLoop& loop;
    Resolver& resolver;
    ServiceResolver& services;
    const DialPolicy& policy;
  };

  // How long IPv4 addresses wait for IPv6 ones that are still being asked for (RFC 8305 section 3).
  static constexpr absl::Duration kResolutionDelay = absl::Milliseconds(50);

  // `done` is called once, never inside Start(); it may destroy this object.
  DialRun(const Context& context, DialTarget target, const DialOptions& options, Dialer::Done done);

  // Once.
  void Start();

  // Lets go of everything, the callback included. Nothing may be called afterwards but the
  // destructor.
  void Abandon();

 private:
  // ConnectRace::Owner.
  void OnWon(UniqueFd fd, const Endpoint& remote, const Endpoint& local) override;
  void OnDry() override;

  void StartResolving();
  void OnService(Result<ResolvedService> resolved);
  void TryHost(size_t number);  // Of the service.
  void LookUp(const DialTarget::NamedHost& host);
  void OnEarly(const Resolution& early);
  void OnResolved(Result<Resolution> resolved);
  void OfferResolved();
  void StopResolving();

  bool resolving() const { return lookup_ != 0 || service_lookup_ != 0; }
  void OnDeadline();
  void OnResolveTimeout();
  Error LookupTimeout(absl::Duration limit) const;

  // The error of the last address tried, with a list of all in its text.
  Error LastError() const;

  // Ends the dial: delivers from the loop, in place of the deadline.
  void Settle(Result<UniqueFd> socket);
  void Deliver();

  const Context context_;
  const DialTarget target_;
  DialTarget judged_;  // For whom addresses are judged: the target, or the host of it at hand.
  const DialOptions options_;
  Dialer::Done done_;

  DialOutcome outcome_;
  MonotonicTime began_;
  EventLoop::TimerId timer_ = 0;  // The deadline's; once settled, the delivery's.
  EventLoop::TimerId resolve_timer_ = 0;
  ServiceResolver::LookupId service_lookup_ = 0;
  std::optional<DialTarget::NamedHost> host_;  // The one that is being tried.
  std::optional<Error> host_failure_;          // Why it came to no attempt at all.
  size_t first_of_host_ = 0;                   // The first attempt that is to this host.
  Resolver::LookupId lookup_ = 0;
  EventLoop::TimerId early_timer_ = 0;
  ConnectRace race_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_DIAL_DIAL_RUN_H_
