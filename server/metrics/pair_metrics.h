#ifndef STREAMPAIR_SERVER_METRICS_PAIR_METRICS_H_
#define STREAMPAIR_SERVER_METRICS_PAIR_METRICS_H_

#include <memory>

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/pair/stream_pair.h"
#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace streampair {

// Counts what becomes of pairs: how opening them ended and how long each stage of it took, their
// TLS handshakes, how long they lived. Nothing of it happens while bytes move. Thread-safe.
class PairMetrics {
 public:
  // All must outlive this, and this the pairs.
  PairMetrics(prometheus::Registry& registry, const Clock& clock);

  // Follows a new pair to its end.
  void Follow(const std::shared_ptr<StreamPair>& pair);

  // A pair that was not made at all.
  void CountRefused(const Error& error);

 private:
  class Observer;
  using Counters = prometheus::Family<prometheus::Counter>;
  using Histograms = prometheus::Family<prometheus::Histogram>;

  void CountOpened(const char* result, const Error* error);
  void CountReady(const PairSnapshot& snapshot);
  void CountHandshake(const TlsFacts* facts);  // Null: it failed.

  const Clock& clock_;
  Counters& opened_;
  Counters& dial_failures_;
  Counters& tls_handshakes_;
  Histograms& dial_durations_;
  prometheus::Histogram& durations_;
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_METRICS_PAIR_METRICS_H_
