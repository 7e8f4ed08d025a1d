// One measurement: opens connections by one way, lets them work, and prints what happened in a
// window of time as one line of JSON.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "benchmarks/load/load.h"
#include "benchmarks/load/process_usage.h"
#include "server/process_tuning.h"

ABSL_FLAG(std::string, via, "tcp", "tcp, socks, channels, rpcs or grpc.");
ABSL_FLAG(std::string, address, "", "IP:PORT of the target, proxy or server to connect to.");
ABSL_FLAG(std::string, target, "", "IP:PORT of the target behind it.");
ABSL_FLAG(std::string, work, "down", "down, up, both, ping, open or idle.");
ABSL_FLAG(int, connections, 1, "Connections at a time.");
ABSL_FLAG(int, stalled, 0, "Further connections that the target pours into and nobody reads.");
ABSL_FLAG(bool, tls, false, "With channels and rpcs: the pairs speak TLS to the target.");
ABSL_FLAG(int, message, 256 << 10, "Bytes of a write; of a ping.");
ABSL_FLAG(absl::Duration, warm_up, absl::Milliseconds(400), "Before anything is counted.");
ABSL_FLAG(absl::Duration, time, absl::Seconds(1), "How long is counted.");
ABSL_FLAG(std::vector<std::string>, watch, {},
          "Processes whose CPU and memory are reported, with their descendants.");

namespace streampair::bench {
namespace {

[[noreturn]] void Refuse(const std::string& what) {
  std::fprintf(stderr, "load: %s; see --help\n", what.c_str());
  std::exit(2);
}

Work WorkFrom(const std::string& name) {
  if (name == "down") return Work::kDown;
  if (name == "up") return Work::kUp;
  if (name == "both") return Work::kBoth;
  if (name == "ping") return Work::kPing;
  if (name == "open") return Work::kOpen;
  if (name == "idle") return Work::kIdle;
  Refuse("no such --work: " + name);
}

std::unique_ptr<Load> LoadFrom(const std::string& via, const std::string& address) {
  if (via == "tcp") return MakeTcpLoad(address);
  if (via == "socks") return MakeSocksLoad(address);
  if (via == "channels") return MakeChannelLoad(address);
  if (via == "rpcs") return MakeRpcLoad(address);
  if (via == "grpc") return MakeGrpcLoad(address);
  Refuse("no such --via: " + via);
}

double Percentile(const std::vector<uint32_t>& sorted, double part) {
  if (sorted.empty()) return 0;
  const size_t index = static_cast<size_t>(part * static_cast<double>(sorted.size()));
  return sorted[std::min(index, sorted.size() - 1)] / 1e3;
}

// Until all connections stand, however long the kernel takes.
void AwaitOpened(const Plan& plan, const Meter& meter) {
  const absl::Time patience = absl::Now() + absl::Minutes(2);
  while (meter.opened() + meter.failures() < static_cast<uint64_t>(plan.connections) &&
         absl::Now() < patience) {
    absl::SleepFor(absl::Milliseconds(20));
  }
}

int Main() {
  std::vector<pid_t> watched;
  for (const std::string& text : absl::GetFlag(FLAGS_watch)) {
    if (!absl::SimpleAtoi(text, &watched.emplace_back())) Refuse("not a process: " + text);
  }
  Plan plan{.work = WorkFrom(absl::GetFlag(FLAGS_work)),
            .connections = absl::GetFlag(FLAGS_connections),
            .message = static_cast<size_t>(absl::GetFlag(FLAGS_message)),
            .stalled = absl::GetFlag(FLAGS_stalled),
            .tls = absl::GetFlag(FLAGS_tls),
            .target = absl::GetFlag(FLAGS_target)};
  if (plan.connections < 1 || plan.message < 1 || plan.stalled < 0) Refuse("nothing to do");
  Meter meter;
  const auto load = LoadFrom(absl::GetFlag(FLAGS_via), absl::GetFlag(FLAGS_address));
  // The first connections also pay for what a process allocates once.
  Plan first = plan;
  Meter first_meter;
  std::unique_ptr<Load> first_load;
  if (plan.work == Work::kIdle) {
    first.connections = 100;
    first_load = LoadFrom(absl::GetFlag(FLAGS_via), absl::GetFlag(FLAGS_address));
    first_load->Start(first, first_meter);
    AwaitOpened(first, first_meter);
  }
  const auto resident_before = UsageOf(watched).resident_kb;
  load->Start(plan, meter);
  if (plan.work == Work::kIdle) AwaitOpened(plan, meter);
  absl::SleepFor(absl::GetFlag(FLAGS_warm_up));
  meter.StartTiming();
  const std::vector<pid_t> self = {getpid()};
  const absl::Time begin = absl::Now();
  const uint64_t down = meter.down(), up = meter.up(), opened = meter.opened();
  const double watched_cpu = UsageOf(watched).cpu_seconds, own_cpu = UsageOf(self).cpu_seconds;
  absl::SleepFor(absl::GetFlag(FLAGS_time));
  const ProcessUsage watched_after = UsageOf(watched), own_after = UsageOf(self);
  const double seconds = absl::ToDoubleSeconds(absl::Now() - begin);
  const uint64_t down_after = meter.down(), up_after = meter.up(), opened_after = meter.opened();
  std::vector<uint32_t> trips = meter.TakeRoundTrips();
  std::sort(trips.begin(), trips.end());
  std::printf(
      "{\"seconds\":%.4f,\"down\":%llu,\"up\":%llu,\"opened\":%llu,\"total_opened\":%llu,"
      "\"failures\":%llu,\"round_trips\":%zu,\"p50_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f,"
      "\"cpu\":%.4f,\"load_cpu\":%.4f,\"resident_kb\":%lld,\"resident_before_kb\":%lld}\n",
      seconds, static_cast<unsigned long long>(down_after - down),
      static_cast<unsigned long long>(up_after - up),
      static_cast<unsigned long long>(opened_after - opened),
      static_cast<unsigned long long>(opened_after),
      static_cast<unsigned long long>(meter.failures()), trips.size(), Percentile(trips, 0.5),
      Percentile(trips, 0.99), Percentile(trips, 0.999), watched_after.cpu_seconds - watched_cpu,
      own_after.cpu_seconds - own_cpu, static_cast<long long>(watched_after.resident_kb),
      static_cast<long long>(resident_before));
  std::fflush(stdout);
  _exit(meter.failures() == 0 ? 0 : 1);  // Connections are dropped as they are.
}

}  // namespace
}  // namespace streampair::bench

int main(int argc, char** argv) {
  streampair::TuneProcess();
  absl::SetProgramUsageMessage(
      "Loads a proxy and prints one line of JSON. Run by tools/bench, which starts the proxies.");
  absl::ParseCommandLine(argc, argv);
  return streampair::bench::Main();
}
