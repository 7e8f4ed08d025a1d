#ifndef STREAMPAIR_SERVER_METRICS_QUOTA_METRICS_H_
#define STREAMPAIR_SERVER_METRICS_QUOTA_METRICS_H_

#include <array>

#include "core/quota/quota_account.h"
#include "prometheus/counter.h"
#include "prometheus/registry.h"

namespace streampair {

// Counts what quotas refuse. Thread-safe, and never waits.
class QuotaMetrics final : public QuotaListener {
 public:
  explicit QuotaMetrics(prometheus::Registry& registry);

  void OnDenied(QuotaKind kind) override { denied_[static_cast<size_t>(kind)]->Increment(); }

 private:
  std::array<prometheus::Counter*, kQuotaKinds> denied_;  // By kind; the registry's.
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_METRICS_QUOTA_METRICS_H_
