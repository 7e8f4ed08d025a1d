#ifndef STREAMPAIR_SERVER_LOOP_STATION_H_
#define STREAMPAIR_SERVER_LOOP_STATION_H_

#include <memory>

#include "core/base/result.h"
#include "core/dial/dial_policy.h"
#include "core/dial/dialer.h"
#include "core/loop/event_loop.h"
#include "core/resolve/caching_resolver.h"
#include "core/resolve/cares_resolver.h"
#include "core/resolve/mdns_service_resolver.h"
#include "core/resolve/service_resolver.h"

namespace streampair {

// A loop with what is confined to it: its resolvers and its dialer, made and destroyed on its
// thread.
class LoopStation {
 public:
  // Waits for the loop's thread, so not to be called on it. `loop`, which runs, `policy` and `bus`
  // must outlive the station. Fails as CaresResolver::Make does.
  static Result<std::unique_ptr<LoopStation>> Make(EventLoop& loop, const DialPolicy& policy,
                                                   AvahiBus& bus, const CaresOptions& options,
                                                   const CachingResolver::Settings& cache);

  // Waits likewise. Nobody may dial any more.
  ~LoopStation();
  LoopStation(const LoopStation&) = delete;
  LoopStation& operator=(const LoopStation&) = delete;

  EventLoop& loop() { return loop_; }
  Dialer& dialer() { return *dialer_; }
  Resolver& resolver() { return *resolver_; }

 private:
  explicit LoopStation(EventLoop& loop) : loop_(loop) {}

  EventLoop& loop_;
  std::unique_ptr<Resolver> resolver_;
  std::unique_ptr<ServiceResolver> services_;
  std::unique_ptr<Dialer> dialer_;
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_LOOP_STATION_H_
