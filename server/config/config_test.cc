#include <cstdio>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "core/addr/host_name.h"
#include "core/addr/ip_address.h"
#include "gtest/gtest.h"
#include "server/config/config_file.h"
#include "server/config/policy_config.h"
#include "server/config/quota_config.h"
#include "server/config/yaml_config.h"

namespace streampair {
namespace {

struct Read {
  std::string complaints;
  std::shared_ptr<const Policy> policy;
  QuotaRules quotas;
};

Read FromYaml(const std::string& text) {
  ConfigComplaints complaints("f.yaml");
  config::v1::Config config;
  ReadYaml(text, complaints, config);
  std::shared_ptr<const Policy> policy;
  QuotaRules quotas;
  if (complaints.empty()) {
    policy = PolicyFromConfig(config, {}, complaints);
    quotas = QuotasFromConfig(config, complaints);
  }
  return {complaints.ToString(), policy, quotas};
}

std::string Verdict(const Policy& policy, const char* principal, const char* host, uint16_t port,
                    const char* address) {
  PolicyRequest request;
  request.principal = principal;
  request.host = *HostName::Parse(host);
  request.port = port;
  const PolicyDecision decision = policy.JudgeAddress(request, *IpAddress::Parse(address));
  return absl::StrCat(decision.allowed ? "allow " : "deny ", decision.rule);
}

constexpr char kGood[] = R"(# Who may reach what.
policy:
  global_denials:
    - {name: mail, action: deny, ports: [25]}
  rules:
    - name: web
      action: allow
      principals: ["spiffe://corp/*"]
      hosts: [.example.com]
      ports: [80, 8000-8999]
  guard:
    exemptions:
      - name: db
        principals: ["spiffe://corp/app"]
        hosts: [db.example.com]
        addresses: [10.0.0.0/8]
)";

void ExpectGood(const Policy& policy) {
  EXPECT_EQ(Verdict(policy, "spiffe://corp/app", "a.example.com", 80, "8.8.8.8"), "allow web");
  EXPECT_EQ(Verdict(policy, "spiffe://corp/app", "a.example.com", 8500, "8.8.8.8"), "allow web");
  EXPECT_EQ(Verdict(policy, "spiffe://corp/app", "a.example.com", 81, "8.8.8.8"), "deny default");
  EXPECT_EQ(Verdict(policy, "spiffe://corp/app", "a.example.com", 25, "8.8.8.8"), "deny mail");
  EXPECT_EQ(Verdict(policy, "spiffe://corp/app", "a.example.com", 80, "10.0.0.1"), "deny guard");
  EXPECT_EQ(Verdict(policy, "spiffe://corp/app", "db.example.com", 80, "10.0.0.1"), "allow web");
  EXPECT_EQ(Verdict(policy, "spiffe://else", "a.example.com", 80, "8.8.8.8"), "deny default");
}

TEST(Config, ReadsYaml) {
  const Read read = FromYaml(kGood);
  ASSERT_NE(read.policy, nullptr) << read.complaints;
  ExpectGood(*read.policy);
}

TEST(Config, ReadsFilesByTheirNames) {
  const std::string json =
      R"({"policy": {"global_denials": [{"name": "mail", "action": "deny", "ports": ["25"]}],
         "rules": [{"name": "web", "action": "RULE_ACTION_ALLOW", "ports": ["80", "8000-8999"],
                    "principals": ["spiffe://corp/*"], "hosts": [".example.com"]}],
         "guard": {"exemptions": [{"name": "db", "principals": ["spiffe://corp/app"],
                   "hosts": ["db.example.com"], "addresses": ["10.0.0.0/8"]}]}}})";
  const std::string text =
      R"(policy { global_denials { name: "mail" action: RULE_ACTION_DENY ports: "25" }
         rules { name: "web" action: RULE_ACTION_ALLOW ports: "80" ports: "8000-8999"
                 principals: "spiffe://corp/*" hosts: ".example.com" }
         guard { exemptions { name: "db" principals: "spiffe://corp/app" hosts: "db.example.com"
                              addresses: "10.0.0.0/8" } } })";
  const std::pair<const char*, std::string> kFiles[] = {{"a.yaml", kGood}, {"a.YML", kGood},
                                                        {"a.json", json},  {"a.textproto", text},
                                                        {"a.txtpb", text}, {"a.pbtxt", text}};
  for (const auto& [name, content] : kFiles) {
    const std::string path = absl::StrCat(testing::TempDir(), "/", name);
    std::ofstream(path) << content;
    ConfigComplaints complaints(path);
    config::v1::Config config;
    ReadConfigFile(path, complaints, config);
    ASSERT_TRUE(complaints.empty()) << complaints.ToString();
    const auto policy = PolicyFromConfig(config, {}, complaints);
    ASSERT_NE(policy, nullptr) << complaints.ToString();
    ExpectGood(*policy);
  }
}

TEST(Config, ComplainsOfFiles) {
  const auto complaint = [](const std::string& path) {
    ConfigComplaints complaints("f");
    config::v1::Config config;
    ReadConfigFile(path, complaints, config);
    return complaints.ToString();
  };
  EXPECT_EQ(complaint("/nonexistent/x.yaml"), "f: cannot be read: No such file or directory");
  const std::string odd = testing::TempDir() + "/x.conf";
  std::ofstream(odd) << kGood;
  EXPECT_EQ(complaint(odd),
            "f: the name must end in .yaml, .yml, .json, .textproto, .txtpb or .pbtxt");
  const std::string wrong = testing::TempDir() + "/x.textproto";
  std::ofstream(wrong) << "policy {\n  rulez { }\n}";
  EXPECT_EQ(complaint(wrong).substr(0, 6), "f:2:9:") << complaint(wrong);
  const std::string large = testing::TempDir() + "/large.yaml";
  std::ofstream(large) << std::string(kMostConfigBytes + 1, '#');
  EXPECT_EQ(complaint(large), "f: is larger than 16777216 bytes");
}

TEST(Config, SaysLineAndFieldOfEveryFault) {
  const struct {
    const char* yaml;
    const char* complaint;
  } kCases[] = {
      {"polcy: {}", "f.yaml:1:1: polcy: unknown field"},
      {"policy:\n  rules:\n    - name: a\n      actoin: deny\n      action: deny",
       "f.yaml:4:7: policy.rules[0].actoin: unknown field"},
      {"policy:\n  rules:\n    - name: a",
       "f.yaml:3:7: policy.rules[0]: action is missing: must be allow or deny"},
      {"policy: {rules: [{name: a, action: permit}]}",
       "f.yaml:1:36: policy.rules[0].action: \"permit\" is none of allow, deny"},
      {"policy: {rules: [{name: a, action: unspecified}]}",
       "f.yaml:1:36: policy.rules[0].action: \"unspecified\" is none of allow, deny"},
      {"policy: {rules: [{name: a, name: b, action: deny}]}",
       "f.yaml:1:28: policy.rules[0].name: given twice"},
      {"policy: {rules: {name: a}}", "f.yaml:1:17: policy.rules: must be a list"},
      {"policy: [1]", "f.yaml:1:9: policy: must be a map of fields"},
      {"policy: {rules: [{name: [a], action: deny}]}",
       "f.yaml:1:25: policy.rules[0].name: must be a single value"},
      {"policy: {rules: [{name: a, action: allow, unverifiable: yes}]}",
       "f.yaml:1:57: policy.rules[0].unverifiable: must be true or false"},
      {"policy: {rules: [{name: a, action: deny, addresses: [10.0.0.1/8]}]}",
       "f.yaml:1:54: policy.rules[0].addresses[0]: \"10.0.0.1/8\" has bits after its length; the "
       "range is 10.0.0.0/8"},
      {"policy: {rules: [{name: a, action: deny, ports: [0]}]}",
       "f.yaml:1:50: policy.rules[0].ports[0]: \"0\" must be a port of 1 to 65535, or a range such "
       "as 8000-8999"},
      {"policy: {rules: [{name: a, action: deny, ports: [9-8]}]}",
       "f.yaml:1:50: policy.rules[0].ports[0]: \"9-8\" must be a port of 1 to 65535, or a range "
       "such as 8000-8999"},
      {"policy: {rules: [{name: a, action: deny, tls: verified}]}",
       "f.yaml:1:47: policy.rules[0].tls: only a rule that allows has conditions"},
      {"policy: {rules: [{name: a, action: allow, on_reload: drain}]}",
       "f.yaml:1:54: policy.rules[0].on_reload: only a rule that denies says what becomes of live "
       "pairs"},
      {"policy: {rules: [{name: a, action: deny}, {name: a, action: allow}]}",
       "f.yaml:1:9: policy: rule \"a\": the name is taken"},
      {"policy: {}\nquotas: {global: {pairs: -1}}",
       "f.yaml:2:26: quotas.global.pairs: must be a whole number"},
      {"policy: {}\nquotas: {global: {pairs: 18446744073709551616}}",
       "f.yaml:2:26: quotas.global.pairs: must be a whole number"},
      {"policy: {}\nquotas: {global: {pairs: [1]}}",
       "f.yaml:2:26: quotas.global.pairs: must be a single value"},
      {"policy: {}\nquotas: {global: {bytes_per_second: 0}}",
       "f.yaml:2:37: quotas.global.bytes_per_second: must be at least 1"},
      {"policy: {}\nquotas: {global: {open_burst: 1}}",
       "f.yaml:2:31: quotas.global.open_burst: needs opens_per_second"},
      {"policy: {}\nquotas: {global: {total_bytes: 1, total_bytes_period: soon}}",
       "f.yaml:2:55: quotas.global.total_bytes_period: \"soon\" must be a duration of 1s to 8784h, "
       "such as 24h or 90m"},
      {"policy: {}\nquotas: {global: {total_bytes_period: 1h}}",
       "f.yaml:2:39: quotas.global.total_bytes_period: needs total_bytes"},
      {"policy: {}\nquotas: {principals: [{limits: {pairs: 1}}]}",
       "f.yaml:2:23: quotas.principals[0]: principals is missing"},
      {"policy: {}\nquotas: {principals: [{principals: [a, \"*b\"]}, {principals: [a]}]}",
       "f.yaml:2:40: quotas.principals[0].principals[1]: \"*b\": a '*' may stand at the end only\n"
       "f.yaml:2:62: quotas.principals[1].principals[0]: \"a\" has a quota already"},
      {"policy: {guard: {exemptions: [{name: x}]}}",
       "f.yaml:1:9: policy: exemption \"x\" must name principals, hosts and addresses"},
  };
  for (const auto& c : kCases) EXPECT_EQ(FromYaml(c.yaml).complaints, c.complaint) << c.yaml;
}

TEST(Config, ReadsQuotasOfWhichTheNarrowestHolds) {
  const Read read = FromYaml(R"(policy: {}
quotas:
  global: {pairs: 1000, parked_sockets: 0}
  principals:
    - principals: ["*"]
      limits: {pairs: 10, opens_per_second: 5, open_burst: 9}
    - principals: ["spiffe://corp/ci/*", unix]
      limits: {pairs: 100, pending_dials: 7}
    - principals: ["spiffe://corp/ci/nightly"]
      limits: {bytes_per_second: 1000000, total_bytes: 18446744073709551615, total_bytes_period: 90m}
)");
  ASSERT_EQ(read.complaints, "");
  EXPECT_EQ(read.quotas.global.pairs, 1000u);
  EXPECT_EQ(read.quotas.global.parked_sockets, 0u);
  EXPECT_FALSE(read.quotas.global.pending_dials.has_value());
  const QuotaLimits any = read.quotas.of_principal("anonymous");
  EXPECT_EQ(any.pairs, 10u);
  EXPECT_EQ(any.opens_per_second, 5u);
  EXPECT_EQ(any.open_burst, 9u);
  for (const char* principal : {"spiffe://corp/ci/x", "unix"}) {
    const QuotaLimits ci = read.quotas.of_principal(principal);
    EXPECT_EQ(ci.pairs, 100u) << principal;
    EXPECT_EQ(ci.pending_dials, 7u);
    EXPECT_FALSE(ci.opens_per_second.has_value()) << "a narrower quota holds alone";
  }
  const QuotaLimits nightly = read.quotas.of_principal("spiffe://corp/ci/nightly");
  EXPECT_FALSE(nightly.pairs.has_value());
  EXPECT_EQ(nightly.bytes_per_second, 1000000u);
  EXPECT_EQ(nightly.total_bytes, 18446744073709551615u);
  EXPECT_EQ(nightly.total_bytes_period, absl::Minutes(90));
  EXPECT_FALSE(FromYaml("policy: {}").quotas.of_principal("x").pairs.has_value());
}

TEST(Config, ComplainsOfTextThatIsNoYaml) {
  EXPECT_EQ(FromYaml("policy: {").complaints.substr(0, 9), "f.yaml:1:");
  EXPECT_EQ(FromYaml("a: b: c").complaints.substr(0, 9), "f.yaml:1:");
}

TEST(Config, TellsAllFaultsAtOnceUpToABound) {
  const Read two = FromYaml("policy:\n  x: 1\n  y: 2\n");
  EXPECT_EQ(two.complaints,
            "f.yaml:2:3: policy.x: unknown field\nf.yaml:3:3: policy.y: unknown field");
  std::string many = "policy:\n";
  for (int i = 0; i < 30; ++i) absl::StrAppend(&many, "  x", i, ": 1\n");
  const std::vector<std::string> lines = absl::StrSplit(FromYaml(many).complaints, '\n');
  EXPECT_EQ(lines.size(), ConfigComplaints::kMost + 1);
  EXPECT_EQ(lines.back(), "f.yaml: and 10 more");
}

// Nine levels of nine aliases are a billion values.
TEST(Config, BoundsWhatAliasesDescribe) {
  std::string text = "x0: &x0 [a, a, a, a, a, a, a, a, a]\n";
  for (int i = 1; i < 10; ++i) {
    absl::StrAppend(&text, "x", i, ": &x", i, " [");
    for (int j = 0; j < 9; ++j) absl::StrAppend(&text, j == 0 ? "" : ", ", "*x", i - 1);
    absl::StrAppend(&text, "]\n");
  }
  EXPECT_FALSE(FromYaml(text).complaints.empty());
  EXPECT_NE(FromYaml(std::string(5000, '[')).complaints, "");
}

TEST(Config, AnEmptyPolicyDeniesAll) {
  for (const char* text : {"", "{}", "# policy: {}"}) {
    EXPECT_EQ(FromYaml(text).complaints,
              "f.yaml: policy is missing; `policy: {}` denies everything");
  }
  for (const char* text : {"policy: {}", "policy:", "policy: null", "policy:\n  rules:"}) {
    const Read read = FromYaml(text);
    ASSERT_NE(read.policy, nullptr) << read.complaints;
    EXPECT_EQ(Verdict(*read.policy, "ci", "a.example", 80, "8.8.8.8"), "deny default");
  }
}

}  // namespace
}  // namespace streampair
