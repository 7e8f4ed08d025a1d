// Whatever stands in a configuration file: it is either complained of or makes a policy that can be
// asked, and never lets a caller reach the metadata service without saying so.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/addr/host_name.h"
#include "core/addr/ip_address.h"
#include "server/config/policy_config.h"
#include "server/config/quota_config.h"
#include "server/config/yaml_config.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace streampair;
  ConfigComplaints complaints("fuzz.yaml");
  config::v1::Config config;
  ReadYaml(std::string(reinterpret_cast<const char*>(data), size), complaints, config);
  if (!complaints.empty()) {
    if (complaints.ToString().empty()) abort();
    return 0;
  }
  const auto policy = PolicyFromConfig(config, {}, complaints);
  if ((policy == nullptr) == complaints.empty()) abort();
  if (policy == nullptr) return 0;
  const QuotaRules quotas = QuotasFromConfig(config, complaints);
  quotas.of_principal("spiffe://corp/app");
  PolicyRequest request;
  request.principal = "spiffe://corp/app";
  request.port = 80;
  request.host = *HostName::Parse("a.example.org");
  policy->JudgeName(request);
  policy->JudgeUnverifiable(request);
  const PolicyDecision decision =
      policy->JudgeAddress(request, *IpAddress::Parse("169.254.169.254"));
  const auto& guard = config.policy().guard();
  const bool open = guard.mode() == config::v1::Guard::MODE_OFF || guard.exemptions_size() > 0;
  if (decision.allowed && decision.would_deny.empty() && !open) abort();
  return 0;
}
