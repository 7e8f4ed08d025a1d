#ifndef STREAMPAIR_CORE_RESOLVE_DNS_SERVICE_RESOLVER_H_
#define STREAMPAIR_CORE_RESOLVE_DNS_SERVICE_RESOLVER_H_

#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/random/random.h"
#include "absl/time/time.h"
#include "core/base/result.h"
#include "core/loop/event_loop.h"
#include "core/resolve/cares_channel.h"
#include "core/resolve/cares_resolver.h"
#include "core/resolve/service_resolver.h"

namespace streampair {

// Services by unicast DNS (RFC 6763): the SRV and the TXT record of the service's name are asked
// for at once. The hosts come in the order of RFC 2782, without addresses. What the TXT record says
// is waited for no longer than one try_timeout once the SRV record is there.
class DnsServiceResolver : public ServiceResolver {
 public:
  // Fails as CaresChannel::Make. `loop` must outlive the resolver.
  static Result<std::unique_ptr<DnsServiceResolver>> Make(EventLoop& loop,
                                                          const CaresOptions& options);
  ~DnsServiceResolver() override;

  LookupId Start(const ServiceName& name, Done done) override;
  void Cancel(LookupId id) override;

 private:
  struct Lookup;

  DnsServiceResolver(EventLoop& loop, const CaresOptions& options);
  void OnSrv(LookupId id, const CaresChannel::Message& message);
  void OnTxt(LookupId id, const CaresChannel::Message& message);
  void DeliverAt(LookupId id, MonotonicTime when);
  void Deliver(LookupId id);
  void AbandonIfIdle();

  EventLoop& loop_;
  const absl::Duration try_timeout_;
  const absl::Duration lookup_timeout_;
  absl::InsecureBitGen random_;  // Spreads load; no secret depends on it.

  LookupId last_id_ = 0;
  absl::flat_hash_map<LookupId, std::unique_ptr<Lookup>> lookups_;
  std::unique_ptr<CaresChannel> channel_;  // Below the lookups, because answers look them up.
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_RESOLVE_DNS_SERVICE_RESOLVER_H_
