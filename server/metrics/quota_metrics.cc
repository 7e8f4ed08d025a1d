#include "server/metrics/quota_metrics.h"

namespace streampair {

QuotaMetrics::QuotaMetrics(prometheus::Registry& registry) {
  auto& family = prometheus::BuildCounter()
                     .Name("streampair_quota_denied_total")
                     .Help("What was refused for want of quota.")
                     .Register(registry);
  for (size_t i = 0; i < denied_.size(); ++i) {
    denied_[i] = &family.Add({{"kind", QuotaKindName(static_cast<QuotaKind>(i))}});
  }
}

}  // namespace streampair
