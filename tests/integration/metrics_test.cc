// The metrics of the running server, fetched as Prometheus does, and compared with docs/metrics.md.
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <signal.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/harness/calls.h"
#include "tests/harness/child_process.h"
#include "tests/harness/frames.h"
#include "tests/harness/scratch_dir.h"
#include "tests/harness/server_process.h"
#include "tests/harness/stream_error.h"
#include "tests/harness/tcp_target.h"
#include "tests/harness/tls_peer.h"
#include "tests/harness/transfer_client.h"
#include "tests/harness/wait.h"

namespace streampair::testing {
namespace {

using ::testing::HasSubstr;

// One answer, read strictly as the text format wants it: each sample behind the TYPE of its family.
struct Scrape {
  std::map<std::string, std::string> types;             // By family.
  std::map<std::string, std::set<std::string>> labels;  // Names, by family.
  std::map<std::string, std::set<std::string>> values;  // By label.
  std::map<std::string, double> samples;                // By name{labels in order}.
  double at(const std::string& sample) const {
    const auto found = samples.find(sample);
    return found == samples.end() ? -1 : found->second;
  }
};

// a="b",c="d"; values without escapes, as none of ours has any.
std::vector<std::pair<std::string, std::string>> ReadLabels(absl::string_view text) {
  std::vector<std::pair<std::string, std::string>> labels;
  while (!text.empty()) {
    const size_t equals = text.find("=\"");
    const size_t end = equals == text.npos ? text.npos : text.find('"', equals + 2);
    if (end == text.npos) {
      ADD_FAILURE() << "no label: " << text;
      break;
    }
    labels.emplace_back(text.substr(0, equals), text.substr(equals + 2, end - equals - 2));
    text.remove_prefix(end + 1);
    absl::ConsumePrefix(&text, ",");
  }
  return labels;
}

void ReadSample(absl::string_view line, const std::string& family, Scrape& scrape) {
  const size_t space = line.rfind(' ');
  ASSERT_NE(space, line.npos) << line;
  double value = 0;
  ASSERT_TRUE(absl::SimpleAtod(line.substr(space + 1), &value)) << line;
  const std::string key(line.substr(0, space));
  const size_t brace = key.find('{');
  const std::string name = key.substr(0, brace);
  ASSERT_TRUE(absl::StartsWith(name, family)) << line << " stands under " << family;
  if (brace != key.npos) {
    ASSERT_TRUE(absl::EndsWith(key, "}")) << line;
    for (const auto& [label, text] : ReadLabels(key.substr(brace + 1, key.size() - brace - 2))) {
      if (label != "le") scrape.labels[family].insert(label);  // It comes with the type.
      scrape.values[label].insert(text);
    }
  }
  EXPECT_TRUE(scrape.samples.emplace(key, value).second) << "twice: " << line;
}

Scrape Read(const std::string& text) {
  Scrape scrape;
  std::string family;
  const std::vector<std::string> lines = absl::StrSplit(text, '\n', absl::SkipEmpty());
  for (const std::string& line : lines) {
    if (absl::StartsWith(line, "# HELP ")) continue;
    if (absl::StartsWith(line, "# TYPE ")) {
      const std::vector<std::string> words = absl::StrSplit(line, ' ');
      family = words.at(2);
      EXPECT_TRUE(scrape.types.emplace(family, words.at(3)).second) << "twice: " << line;
      continue;
    }
    ReadSample(line, family, scrape);
  }
  return scrape;
}

// The body, or the status code, of what `url` answers. The body goes into a file of its own, which
// no failing test prints.
enum class Want { kBody, kCode };
std::string Curl(const std::string& url, Want want = Want::kBody) {
  ScratchDir scratch;
  ChildProcess curl({.command = {"curl", "-sS", "--noproxy", "*", "--path-as-is", "--max-time",
                                 "20", "-o", scratch.File("body"), "-w", "%{http_code}", url},
                     .output = scratch.File("out")});
  EXPECT_EQ(curl.Wait(), 0) << curl.Output();
  return want == Want::kCode ? curl.Output() : ReadFile(scratch.File("body")).value_or("");
}

class Metrics : public ::testing::Test {
 protected:
  Metrics() {
    scratch_.Write("policy.yaml", R"(policy:
  rules:
    - {name: all, action: allow, lax_tls: [own_roots]}
    - {name: late, action: deny, mode: report, ports: ["1-65535"]}
    - {name: shut, action: deny, hosts: [shut.example]}
  guard:
    exemptions:
      - {name: tests, principals: [anonymous], hosts: ["*"], addresses: [127.0.0.1]}
quotas:
  principals:
    - {principals: [unix], limits: {pairs: 0}}
)");
    server_.emplace(std::vector<std::string>{
        "--metrics=localhost:0", absl::StrCat("--config=", scratch_.File("policy.yaml"))});
  }

  std::string Url() const { return absl::StrCat("http://", server_->metrics_address()); }
  Scrape Fetch() { return Read(Curl(Url() + "/metrics")); }

  // Waits until that sample has that value: what happens to a pair is counted on its own loop.
  void Await(const std::string& sample, double value) {
    double last = -1;
    EXPECT_TRUE(WaitUntil([&] { return (last = Fetch().at(sample)) == value; }))
        << sample << " is " << last << " and not " << value;
  }

  ScratchDir scratch_;
  std::optional<ServerProcess> server_;
};

std::string Opened(const char* result, const char* reason) {
  return absl::StrCat("streampair_pairs_opened_total{reason=\"", reason, "\",result=\"", result,
                      "\"}");
}
std::string Active(const char* state) {
  return absl::StrCat("streampair_pairs_active{state=\"", state, "\"}");
}
std::string Bytes(const char* direction) {
  return absl::StrCat("streampair_bytes_total{direction=\"", direction, "\"}");
}

v1::StreamPairSpec TlsSpecTo(int port, const TlsNames& names) {
  v1::StreamPairSpec spec = SpecTo(port, "localhost");
  spec.add_properties()->mutable_ssl_context()->add_trust_roots(names.root.der());
  return spec;
}

// Rows of the table under `heading` of docs/metrics.md, without its head.
std::vector<std::vector<std::string>> Documented(const std::string& heading) {
  const std::string text = ReadFile(ProgramPath("docs/metrics.md")).value_or("");
  std::vector<std::vector<std::string>> rows;
  bool inside = false;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (absl::StartsWith(line, "#")) inside = line == absl::StrCat("## ", heading);
    if (!inside || !absl::ConsumePrefix(&line, "| ")) continue;
    rows.push_back(absl::StrSplit(line, " |"));
  }
  EXPECT_GT(rows.size(), 1u) << heading;
  if (!rows.empty()) rows.erase(rows.begin());
  return rows;
}

// What stands in backquotes.
std::set<std::string> Quoted(const std::string& text) {
  std::set<std::string> quoted;
  const std::vector<std::string> parts = absl::StrSplit(text, '`');
  for (size_t i = 1; i < parts.size(); i += 2) quoted.insert(parts[i]);
  return quoted;
}

TEST_F(Metrics, CountWhatBecomesOfPairsAndReturnToTheBaseline) {
  Calls calls(server_->stub());
  TcpTarget target(Echo);
  ClosedPort closed;
  const double fds = Fetch().at("process_open_fds");

  TransferClient rpc(server_->stub());
  rpc.Send({AttachNew(0, SpecTo(target.port())), DataFrame(0, "hello")});
  EXPECT_EQ(rpc.AwaitData(0, 5), "hello");
  Await(Opened("ok", "none"), 1);
  const Scrape live = Fetch();
  EXPECT_EQ(live.at(Active("ready")), 1);
  EXPECT_EQ(live.at(Bytes("read")), 5);
  EXPECT_EQ(live.at(Bytes("write")), 5);
  EXPECT_EQ(live.at("streampair_dial_duration_seconds_count{stage=\"connect\"}"), 1);
  EXPECT_EQ(live.at("streampair_dial_duration_seconds_count{stage=\"proxy\"}"), 0);

  const std::string lazy = calls.MakePair(HeldSpecTo(target.port()));
  EXPECT_EQ(Fetch().at(Active("lazy")), 1);
  const std::string refused = calls.MakePair(HeldSpecTo(closed.port()));
  EXPECT_FALSE(calls.Open(refused).status.ok());
  Await(Opened("failed", "connection_refused"), 1);
  EXPECT_EQ(Fetch().at(Active("failed")), 1);
  EXPECT_EQ(Fetch().at("streampair_dial_failures_total{reason=\"connection_refused\",stage="
                       "\"connect\"}"),
            1);

  FullBacklog silent;
  TransferClient dialling(server_->stub());
  dialling.Send({AttachNew(0, HeldSpecTo(silent.port()))});
  const std::string name = dialling.AwaitAttached().name();
  Await("streampair_pending_dials", 1);
  EXPECT_THAT(calls.Delete(name), IsOk());
  Await(Opened("cancelled", "none"), 1);

  EXPECT_THAT(calls.Delete(lazy), IsOk());
  EXPECT_THAT(calls.Delete(refused), IsOk());
  rpc.Send({FinishFrame(0)});
  EXPECT_FALSE(rpc.AwaitEnd().has_error());
  EXPECT_THAT(rpc.Leave(), IsOk());
  Await("streampair_pair_duration_seconds_count", 4);
  for (const char* state : {"lazy", "opening", "handshaking", "ready", "failed", "released"}) {
    Await(Active(state), 0);
  }
  const Scrape after = Fetch();
  EXPECT_EQ(after.at("streampair_pending_dials"), 0);
  EXPECT_EQ(after.at(Bytes("read")), 5) << "bytes of pairs that have gone still count";
  EXPECT_EQ(after.at(Bytes("write")), 5);
  // The gRPC connection came in between.
  EXPECT_TRUE(WaitUntil([&] { return Fetch().at("process_open_fds") <= fds + 1; }));
  EXPECT_GT(after.at("process_resident_memory_bytes"), 1e6);
  EXPECT_GT(after.at("process_start_time_seconds"), 1.7e9);
  EXPECT_GE(after.at("process_threads"), 3);
}

TEST_F(Metrics, BytesNeverGoBackWhilePairsComeAndGo) {
  TcpTarget target(Echo);
  double last = 0;
  for (int i = 1; i <= 20; ++i) {
    TransferClient rpc(server_->stub());
    rpc.Send({AttachNew(0, SpecTo(target.port())), DataFrame(0, std::string(1000, 'x'))});
    EXPECT_EQ(rpc.AwaitData(0, 1000).size(), 1000u);
    const double now = Fetch().at(Bytes("read"));
    EXPECT_EQ(now, i * 1000.0);
    EXPECT_GE(now, last);
    last = now;
    rpc.Send({ResetFrame(0)});
    rpc.AwaitEnd();
    EXPECT_GE(Fetch().at(Bytes("read")), last);
  }
}

TEST_F(Metrics, AreWhatTheDocumentSays) {
  Calls calls(server_->stub());
  const TlsNames names;
  TcpTarget secure([&names](TargetConnection& connection) {
    TlsPeer peer(connection, names.leaf);
    if (peer.ok()) peer.ReadSome();
  });
  TcpTarget clear(Say("no TLS at all"));
  // One of each: TLS, TLS that fails, a denial, a reload that is rejected.
  TransferClient good(server_->stub());
  good.Send({AttachNew(0, TlsSpecTo(secure.port(), names))});
  good.AwaitReady();
  TransferClient bad(server_->stub());
  bad.Send({AttachNew(0, TlsSpecTo(clear.port(), names))});
  EXPECT_TRUE(bad.AwaitEnd().has_error());
  v1::StreamPairSpec shut = HeldSpecTo(443);
  shut.mutable_target()->mutable_host()->set_name("shut.example");
  EXPECT_FALSE(calls.Open(calls.MakePair(shut)).status.ok());
  EXPECT_FALSE(calls.Open(calls.MakePair(HeldSpecTo(server_->port()))).status.ok());
  const auto unix_stub = v1::StreamPairService::NewStub(Connect(server_->unix_address()));
  EXPECT_THAT(Calls(*unix_stub).Create(shut).status, IsStatus(OwnRow(v1::STREAMPAIR_CODE_QUOTA)));
  scratch_.Write("policy.yaml", "policy: [");
  server_->process().Signal(SIGHUP);
  Await("streampair_policy_reload_total{result=\"rejected\"}", 1);
  Await("streampair_tls_handshakes_total{group=\"none\",result=\"failed\",version=\"none\"}", 1);

  Await(Opened("ok", "none"), 1);

  const Scrape scrape = Fetch();
  EXPECT_EQ(scrape.at("streampair_policy_generation"), 1);
  EXPECT_EQ(scrape.at("streampair_policy_reload_total{result=\"ok\"}"), 1);
  EXPECT_EQ(
      scrape.at(
          "streampair_tls_handshakes_total{group=\"X25519\",result=\"ok\",version=\"TLSv1.3\"}"),
      1);
  EXPECT_EQ(scrape.at("streampair_dial_duration_seconds_count{stage=\"tls\"}"), 1);
  EXPECT_EQ(scrape.at("streampair_policy_decisions_total{action=\"enforce\",verdict=\"deny\"}"), 2);
  EXPECT_GE(scrape.at("streampair_policy_decisions_total{action=\"report\",verdict=\"deny\"}"), 2);
  EXPECT_EQ(scrape.at("streampair_policy_rule_decisions_total{action=\"enforce\",rule=\"shut\","
                      "verdict=\"deny\"}"),
            1);
  EXPECT_EQ(scrape.at("streampair_quota_denied_total{kind=\"pairs\"}"), 1);
  EXPECT_EQ(scrape.at(Opened("refused", "connection_limit_reached")), 1);
  EXPECT_EQ(scrape.at("streampair_drain_state"), 0);

  // Every family with its type and labels, and none besides.
  std::map<std::string, std::string> documented;
  std::map<std::string, std::string> told;
  const auto row = [](const std::string& type, const std::set<std::string>& labels) {
    return absl::StrCat(type, " ", absl::StrJoin(labels, ","));
  };
  for (const auto& cells : Documented("What is told")) {
    for (const std::string& name : Quoted(cells.at(0))) {
      documented[name] =
          row(std::string(absl::StripAsciiWhitespace(cells.at(1))), Quoted(cells.at(2)));
    }
  }
  for (const auto& [name, type] : scrape.types) {
    const auto labels = scrape.labels.find(name);
    told[name] =
        row(type, labels == scrape.labels.end() ? std::set<std::string>() : labels->second);
  }
  EXPECT_EQ(documented, told);

  // Closed sets: no value that is not in the document.
  std::map<std::string, std::set<std::string>> allowed;
  for (const auto& cells : Documented("Labels")) {
    for (const std::string& label : Quoted(cells.at(0))) allowed[label] = Quoted(cells.at(1));
  }
  for (const auto& [label, values] : scrape.values) {
    ASSERT_EQ(allowed.count(label), 1u) << label;
    if (allowed[label].count("*") > 0) continue;
    for (const std::string& value : values) {
      EXPECT_EQ(allowed[label].count(value), 1u) << label << "=" << value;
    }
  }
  const std::string text = Curl(Url() + "/metrics");
  for (const char* secret : {"127.0.0.1", "shut.example", "anonymous", "streamPairs/"}) {
    EXPECT_FALSE(absl::StrContains(text, secret)) << secret;
  }
}

TEST_F(Metrics, PortAnswersNothingElseAndIsOutOfReachOfPairs) {
  EXPECT_EQ(Curl(Url() + "/metrics", Want::kCode), "200");
  EXPECT_EQ(Curl(Url() + "/", Want::kCode), "404");
  EXPECT_EQ(Curl(Url() + "/../../etc/passwd", Want::kCode), "404");
  Calls calls(server_->stub());
  int port = 0;
  ASSERT_TRUE(absl::SimpleAtoi(Url().substr(Url().rfind(':') + 1), &port));
  const grpc::Status status = calls.Open(calls.MakePair(HeldSpecTo(port))).status;
  EXPECT_THAT(status, IsStatusAt(OwnRow(v1::STREAMPAIR_CODE_POLICY_DENIED),
                                 absl::StrCat("127.0.0.1:", port)));
}

TEST_F(Metrics, TellOfTheDrain) {
  // A server that drains while somebody is there.
  ServerProcess server({"--metrics=127.0.0.1:0", "--grace=60s"});
  const std::string url = absl::StrCat("http://", server.metrics_address(), "/metrics");
  TcpTarget target(Echo);
  TransferClient rpc(server.stub());
  rpc.Send({AttachNew(0, SpecTo(target.port()))});
  rpc.AwaitReady();
  EXPECT_EQ(Read(Curl(url)).at("streampair_drain_state"), 0);
  server.process().Signal(SIGTERM);
  rpc.AwaitDraining();
  EXPECT_EQ(Read(Curl(url)).at("streampair_drain_state"), 1);
  rpc.Send({FinishFrame(0)});
  EXPECT_FALSE(rpc.AwaitEnd().has_error());
  EXPECT_THAT(rpc.Leave(), IsOk());
  EXPECT_EQ(server.process().Wait(), 0);
}

TEST(MetricsOfManyRules, NameAHundredOfThem) {
  ScratchDir scratch;
  std::string policy = "policy:\n  rules:\n";
  for (int i = 0; i < 150; ++i) {
    absl::StrAppend(&policy, "    - {name: r", i, ", action: deny, hosts: [h", i, ".example]}\n");
  }
  scratch.Write("policy.yaml", policy);
  ServerProcess server(
      {"--metrics=127.0.0.1:0", absl::StrCat("--config=", scratch.File("policy.yaml"))});
  Calls calls(server.stub());
  for (int i = 0; i < 150; ++i) {
    v1::StreamPairSpec spec = HeldSpecTo(443);
    spec.mutable_target()->mutable_host()->set_name(absl::StrCat("h", i, ".example"));
    EXPECT_FALSE(calls.Open(calls.MakePair(spec)).status.ok());
  }
  const Scrape scrape = Read(Curl(absl::StrCat("http://", server.metrics_address(), "/metrics")));
  const auto decided = [&scrape](const std::string& rule) {
    return scrape.at(
        absl::StrCat("streampair_policy_rule_decisions_total{action=\"enforce\",rule=\"", rule,
                     "\",verdict=\"deny\"}"));
  };
  EXPECT_EQ(decided("r0"), 1);
  EXPECT_EQ(decided("r99"), 1);
  EXPECT_EQ(decided("r100"), -1);
  EXPECT_EQ(decided("other"), 50);
  EXPECT_EQ(scrape.at("streampair_policy_decisions_total{action=\"enforce\",verdict=\"deny\"}"),
            150);
}

TEST(MetricsOff, NothingListensUnlessItIsAskedFor) {
  ServerProcess server;
  EXPECT_EQ(server.metrics_address(), "");
  EXPECT_THAT(server.process().Output(), ::testing::Not(HasSubstr("metrics=")));
  ScratchDir scratch;
  ChildProcess taken({.command = {ProgramPath("server/streampaird"), "--listen=127.0.0.1:0",
                                  absl::StrCat("--metrics=", server.address())},
                      .output = scratch.File("out")});
  EXPECT_EQ(taken.Wait(), 1);
  EXPECT_THAT(taken.Output(), HasSubstr("--metrics: cannot listen on " + server.address()));
}

}  // namespace
}  // namespace streampair::testing
