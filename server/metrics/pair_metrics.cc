#include "server/metrics/pair_metrics.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "core/base/reason.h"
#include "core/base/stage.h"

namespace streampair {
namespace {

// Seconds. Dials: from a neighbour to the longest timeout that is usual. Lives: up to a day.
const prometheus::Histogram::BucketBoundaries kDialBuckets = {
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
const prometheus::Histogram::BucketBoundaries kLifeBuckets = {0.01, 0.1, 1,    10,    60,
                                                              300,  900, 3600, 14400, 86400};

std::string ReasonLabel(const Error* error) {
  if (error == nullptr || error->reason() == Reason::kNone) return "none";
  return std::string(ReasonName(error->reason()));
}

std::string VersionLabel(TlsVersion version) {
  switch (version) {
    case TlsVersion::k1_0:
      return "TLSv1";
    case TlsVersion::k1_1:
      return "TLSv1.1";
    case TlsVersion::k1_2:
      return "TLSv1.2";
    case TlsVersion::k1_3:
      return "TLSv1.3";
  }
  return "none";
}

// A closed set, whatever the library may come to know.
std::string GroupLabel(const std::string& group) {
  if (group.empty()) return "none";
  for (const char* known : {"X25519", "P-256", "P-384", "P-521"}) {
    if (group == known) return group;
  }
  return "other";
}

// The wall clock may have been set meanwhile.
double Seconds(absl::Duration duration) { return std::max(0.0, absl::ToDoubleSeconds(duration)); }

}  // namespace

// Lives as long as the pair that tells it, and must not keep it alive.
class PairMetrics::Observer final : public PairObserver {
 public:
  Observer(PairMetrics& metrics, const std::shared_ptr<StreamPair>& pair)
      : metrics_(metrics), pair_(pair) {}

  bool WantsIoEvents() const override { return false; }

  void OnPairEvent(const PairEvent& event) override {
    const std::shared_ptr<StreamPair> pair = pair_.lock();
    if (pair == nullptr) return;
    switch (event.type) {
      case PairEventType::kTlsHandshakeCompleted:
        if (!std::exchange(secured_, true)) metrics_.CountHandshake(event.tls.get());
        return;
      case PairEventType::kReady:
        if (!std::exchange(opened_, true)) metrics_.CountReady(pair->Snapshot());
        return;
      case PairEventType::kErrorOccurred:
        if (event.error && !std::exchange(failed_, true)) OnFailed(*event.error);
        return;
      case PairEventType::kReleased:
        return OnReleased(*pair, event.error);
      case PairEventType::kOpenCompleted:
      case PairEventType::kHasBytesAvailable:
      case PairEventType::kCanAcceptBytes:
      case PairEventType::kEndEncountered:
        return;
    }
  }

 private:
  void OnFailed(const Error& error) {
    if (error.stage() == Stage::kTls && !secured_) metrics_.CountHandshake(nullptr);
    if (std::exchange(opened_, true)) return;
    metrics_.dial_failures_
        .Add({{"stage", std::string(StageName(error.stage()))}, {"reason", ReasonLabel(&error)}})
        .Increment();
    metrics_.CountOpened("failed", &error);
  }

  void OnReleased(const StreamPair& pair, const std::optional<Error>& why) {
    const PairSnapshot snapshot = pair.Snapshot();
    if (!opened_ && snapshot.opened != absl::InfiniteFuture()) {
      metrics_.CountOpened("cancelled", why ? &*why : nullptr);
    }
    metrics_.durations_.Observe(Seconds(metrics_.clock_.WallNow() - snapshot.created));
  }

  PairMetrics& metrics_;
  const std::weak_ptr<StreamPair> pair_;
  bool opened_ = false;  // These on the pair's loop only. The opening was counted.
  bool failed_ = false;
  bool secured_ = false;
};

PairMetrics::PairMetrics(prometheus::Registry& registry, const Clock& clock)
    : clock_(clock),
      opened_(prometheus::BuildCounter()
                  .Name("streampair_pairs_opened_total")
                  .Help("Pairs whose opening came to an end, and those that were not made.")
                  .Register(registry)),
      dial_failures_(prometheus::BuildCounter()
                         .Name("streampair_dial_failures_total")
                         .Help("Pairs that failed before they were ready.")
                         .Register(registry)),
      tls_handshakes_(prometheus::BuildCounter()
                          .Name("streampair_tls_handshakes_total")
                          .Help("TLS handshakes with targets.")
                          .Register(registry)),
      dial_durations_(prometheus::BuildHistogram()
                          .Name("streampair_dial_duration_seconds")
                          .Help("What each stage of an opening that succeeded took.")
                          .Register(registry)),
      durations_(prometheus::BuildHistogram()
                     .Name("streampair_pair_duration_seconds")
                     .Help("How long pairs existed.")
                     .Register(registry)
                     .Add({}, kLifeBuckets)) {
  // What is sure to come is there from the start, as rates want it.
  opened_.Add({{"result", "ok"}, {"reason", "none"}});
  dial_failures_.Add(
      {{"stage", "connect"}, {"reason", std::string(ReasonName(Reason::kConnectionRefused))}});
  tls_handshakes_.Add({{"version", "none"}, {"group", "none"}, {"result", "failed"}});
  for (const char* stage : {"resolve", "connect", "proxy", "tls"}) {
    dial_durations_.Add({{"stage", stage}}, kDialBuckets);
  }
}

void PairMetrics::Follow(const std::shared_ptr<StreamPair>& pair) {
  pair->AddObserver(std::make_shared<Observer>(*this, pair));
}

void PairMetrics::CountRefused(const Error& error) { CountOpened("refused", &error); }

void PairMetrics::CountOpened(const char* result, const Error* error) {
  opened_.Add({{"result", result}, {"reason", ReasonLabel(error)}}).Increment();
}

void PairMetrics::CountReady(const PairSnapshot& snapshot) {
  const auto observe = [this](const char* stage, absl::Duration took) {
    dial_durations_.Add({{"stage", stage}}, kDialBuckets).Observe(Seconds(took));
  };
  const absl::Duration lookup = snapshot.dial.lookup_took;
  if (lookup > absl::ZeroDuration()) observe("resolve", lookup);
  observe("connect", snapshot.connected - snapshot.opened - lookup);
  absl::Duration tls;
  if (snapshot.tls != nullptr && snapshot.tls->report) {
    tls = snapshot.tls->report->duration;
    observe("tls", tls);
  }
  if (!snapshot.dial.hops.empty()) {
    observe("proxy", snapshot.ready_since - snapshot.connected - tls);
  }
  CountOpened("ok", nullptr);
}

void PairMetrics::CountHandshake(const TlsFacts* facts) {
  std::string version = "none";
  std::string group = "none";
  if (facts != nullptr && facts->report) {
    version = VersionLabel(facts->report->version);
    group = GroupLabel(facts->report->group);
  }
  tls_handshakes_
      .Add({{"version", std::move(version)},
            {"group", std::move(group)},
            {"result", facts == nullptr ? "failed" : "ok"}})
      .Increment();
}

}  // namespace streampair
