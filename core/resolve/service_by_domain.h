#ifndef STREAMPAIR_CORE_RESOLVE_SERVICE_BY_DOMAIN_H_
#define STREAMPAIR_CORE_RESOLVE_SERVICE_BY_DOMAIN_H_

#include <memory>
#include <utility>

#include "core/resolve/service_resolver.h"

namespace streampair {

// Asks one resolver for services of ".local" (RFC 6762) and another for all the rest.
class ServiceByDomain : public ServiceResolver {
 public:
  ServiceByDomain(std::unique_ptr<ServiceResolver> local,
                  std::unique_ptr<ServiceResolver> elsewhere)
      : local_(std::move(local)), elsewhere_(std::move(elsewhere)) {}

  // Even ids are those of `local`.
  LookupId Start(const ServiceName& name, Done done) override {
    if (name.is_local()) return 2 * local_->Start(name, std::move(done));
    return 2 * elsewhere_->Start(name, std::move(done)) + 1;
  }
  void Cancel(LookupId id) override { (id % 2 == 0 ? local_ : elsewhere_)->Cancel(id / 2); }

 private:
  const std::unique_ptr<ServiceResolver> local_;
  const std::unique_ptr<ServiceResolver> elsewhere_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_RESOLVE_SERVICE_BY_DOMAIN_H_
