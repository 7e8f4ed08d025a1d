#ifndef STREAMPAIR_SERVER_METRICS_SAMPLED_METRICS_H_
#define STREAMPAIR_SERVER_METRICS_SAMPLED_METRICS_H_

#include <vector>

#include "core/pair/pair_census.h"
#include "prometheus/collectable.h"
#include "prometheus/metric_family.h"

namespace streampair {

// What is looked up when somebody asks: the pairs that live with the bytes they carried, and the
// process. Thread-safe.
class SampledMetrics final : public prometheus::Collectable {
 public:
  // `census` must outlive this.
  explicit SampledMetrics(const PairCensus& census) : census_(census) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const PairCensus& census_;
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_METRICS_SAMPLED_METRICS_H_
