#include "server/metrics/sampled_metrics.h"

#include <string>
#include <utility>

#include "server/metrics/process_sample.h"

namespace streampair {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using State = PairCensus::State;

constexpr std::pair<State, const char*> kStates[] = {
    {State::kLazy, "lazy"},   {State::kOpening, "opening"}, {State::kHandshaking, "handshaking"},
    {State::kReady, "ready"}, {State::kFailed, "failed"},   {State::kReleased, "released"},
};
static_assert(std::size(kStates) == PairCensus::kStates);

void AddSample(MetricFamily& family, double value, std::vector<ClientMetric::Label> labels = {}) {
  ClientMetric metric;
  metric.label = std::move(labels);
  if (family.type == MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  family.metric.push_back(std::move(metric));
}

MetricFamily Single(std::string name, std::string help, MetricType type, double value) {
  MetricFamily family{std::move(name), std::move(help), type, {}};
  AddSample(family, value);
  return family;
}

void AddPairs(const PairCensus::Counts& counts, std::vector<MetricFamily>& families) {
  MetricFamily active{
      "streampair_pairs_active", "Pairs that exist, by their state.", MetricType::Gauge, {}};
  for (const auto& [state, name] : kStates) {
    AddSample(active, static_cast<double>(counts.in(state)), {{"state", name}});
  }
  families.push_back(std::move(active));
  families.push_back(
      Single("streampair_pending_dials", "Pairs that are being opened.", MetricType::Gauge,
             static_cast<double>(counts.in(State::kOpening) + counts.in(State::kHandshaking))));
  MetricFamily bytes{
      "streampair_bytes_total", "Bytes that pairs carried.", MetricType::Counter, {}};
  AddSample(bytes, static_cast<double>(counts.bytes_read), {{"direction", "read"}});
  AddSample(bytes, static_cast<double>(counts.bytes_written), {{"direction", "write"}});
  families.push_back(std::move(bytes));
}

void AddProcess(const ProcessSample& process, std::vector<MetricFamily>& families) {
  families.push_back(
      Single("process_open_fds", "Open file descriptors.", MetricType::Gauge, process.open_fds));
  families.push_back(Single("process_max_fds", "How many descriptors may be open.",
                            MetricType::Gauge, process.max_fds));
  families.push_back(Single("process_threads", "Threads.", MetricType::Gauge, process.threads));
  families.push_back(Single("process_resident_memory_bytes", "Memory that is resident.",
                            MetricType::Gauge, process.resident_bytes));
  families.push_back(Single("process_cpu_seconds_total", "CPU time, user and system.",
                            MetricType::Counter, process.cpu_seconds));
  families.push_back(Single("process_start_time_seconds", "When the process began, in Unix time.",
                            MetricType::Gauge, process.start_time));
}

}  // namespace

std::vector<MetricFamily> SampledMetrics::Collect() const {
  std::vector<MetricFamily> families;
  AddPairs(census_.Take(), families);
  AddProcess(SampleProcess(), families);
  return families;
}

}  // namespace streampair
