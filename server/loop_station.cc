#include "server/loop_station.h"

#include <optional>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/synchronization/notification.h"
#include "core/dial/racing_dialer.h"
#include "core/resolve/dns_service_resolver.h"
#include "core/resolve/service_by_domain.h"

namespace streampair {
namespace {

// Runs `work` on the loop's thread and waits for it.
void RunOn(EventLoop& loop, absl::FunctionRef<void()> work) {
  absl::Notification done;
  loop.Post([&] {
    work();
    done.Notify();
  });
  done.WaitForNotification();
}

}  // namespace

Result<std::unique_ptr<LoopStation>> LoopStation::Make(EventLoop& loop, const DialPolicy& policy,
                                                       AvahiBus& bus, const CaresOptions& options,
                                                       const CachingResolver::Settings& cache) {
  std::unique_ptr<LoopStation> station(new LoopStation(loop));
  std::optional<Error> failure;
  RunOn(loop, [&] {
    auto resolver = CaresResolver::Make(loop, options);
    if (!resolver.ok()) {
      failure = resolver.error();
      return;
    }
    station->resolver_ = std::make_unique<CachingResolver>(loop, *std::move(resolver), cache);
    auto services = DnsServiceResolver::Make(loop, options);
    if (!services.ok()) {
      failure = services.error();
      return;
    }
    station->services_ = std::make_unique<ServiceByDomain>(
        std::make_unique<MdnsServiceResolver>(loop, bus), *std::move(services));
    station->dialer_ =
        std::make_unique<RacingDialer>(loop, *station->resolver_, *station->services_, policy);
  });
  if (failure) return *std::move(failure);
  return station;
}

LoopStation::~LoopStation() {
  RunOn(loop_, [this] {
    dialer_.reset();
    services_.reset();
    resolver_.reset();
  });
}

}  // namespace streampair
