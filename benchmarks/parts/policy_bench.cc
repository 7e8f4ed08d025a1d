// What a decision costs with few rules and with many, and what it costs to load them.
#include <iostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "core/addr/host_name.h"
#include "core/addr/ip_address.h"
#include "core/policy/policy.h"
#include "server/config/policy_config.h"
#include "server/config/yaml_config.h"

namespace streampair {
namespace {

// Rules as an egress policy has them: most for one team and a few hosts, some by address, some
// wide.
std::string Rules(int64_t count) {
  std::string yaml = "policy:\n  rules:\n";
  for (int64_t i = 0; i < count; ++i) {
    absl::StrAppend(&yaml, "    - {name: r", i, ", action: ", i % 5 == 0 ? "deny" : "allow");
    if (i % 3 != 0) absl::StrAppend(&yaml, ", principals: [\"spiffe://corp/team", i % 50, "/*\"]");
    if (i % 4 == 0) {
      absl::StrAppend(&yaml, ", addresses: [198.", i % 200, ".", i / 200 % 250, ".0/24]");
    } else {
      absl::StrAppend(&yaml, ", hosts: [\"", i % 2 == 0 ? "." : "*.", "d", i % 2000, ".example\"]");
    }
    absl::StrAppend(&yaml, ", ports: [443, 8000-8999]}\n");
  }
  return yaml;
}

std::shared_ptr<const Policy> Load(const std::string& yaml) {
  ConfigComplaints complaints("bench.yaml");
  config::v1::Config config;
  ReadYaml(yaml, complaints, config);
  auto policy = PolicyFromConfig(config, {}, complaints);
  if (policy == nullptr) std::cerr << complaints.ToString() + "\n";
  return policy;
}

void BM_PolicyDecision(benchmark::State& state) {
  const auto policy = Load(Rules(state.range(0)));
  PolicyRequest request;
  request.principal = "spiffe://corp/team7/app";
  request.host = *HostName::Parse("www.d1307.example");
  request.port = 443;
  const IpAddress address = *IpAddress::Parse("198.41.7.7");
  for (auto _ : state) benchmark::DoNotOptimize(policy->JudgeAddress(request, address));
}
BENCHMARK(BM_PolicyDecision)->Arg(10)->Arg(1'000)->Arg(10'000)->Arg(100'000);

void BM_PolicyDecisionBeforeLookup(benchmark::State& state) {
  const auto policy = Load(Rules(state.range(0)));
  PolicyRequest request;
  request.principal = "spiffe://corp/team7/app";
  request.host = *HostName::Parse("www.d1307.example");
  request.port = 443;
  for (auto _ : state) benchmark::DoNotOptimize(policy->JudgeName(request));
}
BENCHMARK(BM_PolicyDecisionBeforeLookup)->Arg(10)->Arg(1'000)->Arg(10'000);

void BM_PolicyLoad(benchmark::State& state) {
  const std::string yaml = Rules(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(Load(yaml));
}
BENCHMARK(BM_PolicyLoad)->Arg(1'000)->Arg(10'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace streampair

BENCHMARK_MAIN();
