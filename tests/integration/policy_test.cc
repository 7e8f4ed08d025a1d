// Who may reach what, against the running server: attacks that a policy must withstand, what it
// must let through, and reloads under way.
#include <signal.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/harness/calls.h"
#include "tests/harness/frames.h"
#include "tests/harness/peers.h"
#include "tests/harness/scratch_dir.h"
#include "tests/harness/server_process.h"
#include "tests/harness/stream_error.h"
#include "tests/harness/tcp_target.h"
#include "tests/harness/transfer_client.h"

namespace streampair::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const ErrorRow kDenied = OwnRow(v1::STREAMPAIR_CODE_POLICY_DENIED);

constexpr char kAllowAll[] = "policy:\n  rules:\n    - {name: all, action: allow}\n";

// Lets callers reach what the tests listen on, and no other special address.
constexpr char kAllowLoopback[] = R"(policy:
  rules:
    - {name: all, action: allow}
  guard:
    exemptions:
      - {name: tests, principals: [anonymous], hosts: ["*"], addresses: [127.0.0.1]}
)";

// A server with a policy of its own, which may be replaced.
class Judged {
 public:
  explicit Judged(const std::string& policy, std::vector<std::string> flags = {}) {
    scratch_.Write("policy.yaml", policy);
    flags.push_back(absl::StrCat("--config=", scratch_.File("policy.yaml")));
    server_.emplace(std::move(flags));
    calls_.emplace(server_->stub());
  }

  // Tells the server to read `policy`, and waits for it to say `answer`.
  void Reload(const std::string& policy, const std::string& answer) {
    scratch_.Write("policy.yaml", policy);
    server_->process().Signal(SIGHUP);
    EXPECT_TRUE(WaitUntil([&] { return absl::StrContains(Log(), answer); })) << Log();
  }

  std::string Log() { return server_->process().Output(); }
  ServerProcess& server() { return *server_; }
  Calls& calls() { return *calls_; }

  grpc::Status Open(const v1::StreamPairSpec& spec) {
    const PairAnswer made = calls_->Create(spec);
    if (!made.status.ok()) return made.status;
    return calls_->Open(made.pair.name(), v1::HALF_UNSPECIFIED, v1::OPEN_WAIT_READY).status;
  }
  grpc::Status Open(int port, const std::string& host) {
    v1::StreamPairSpec spec = HeldSpecTo(port);
    spec.mutable_target()->mutable_host()->set_name(host);
    return Open(spec);
  }

 private:
  ScratchDir scratch_;
  std::optional<ServerProcess> server_;
  std::optional<Calls> calls_;
};

TEST(Policy, DeniesWhatNoRuleAllowsAndSaysSoEverywhere) {
  TcpTarget target(Echo);
  Judged judged("policy: {}");
  const std::string name = judged.calls().MakePair(HeldSpecTo(target.port()));
  const grpc::Status status = judged.calls().Open(name).status;
  EXPECT_THAT(status, IsStatusAt(kDenied, target.address()));
  EXPECT_THAT(status.error_message(), HasSubstr("\"guard\""));
  const v1::StreamPair pair = judged.calls().Get(name).pair;
  EXPECT_THAT(pair.error(), IsStreamErrorAt(kDenied, target.address()));
  EXPECT_EQ(pair.read_status(), v1::STREAM_STATUS_ERROR);

  TransferClient rpc(judged.server().stub());
  rpc.Send({AttachNew(0, SpecTo(target.port())), DataFrame(0, "early")});
  EXPECT_THAT(rpc.AwaitEnd().error(), IsStreamErrorAt(kDenied, target.address()));
  EXPECT_THAT(rpc.Leave(), IsStatusAt(kDenied, target.address()));

  // A name that no rule could allow is not even looked up: there is no name server here.
  const grpc::Status by_name = judged.Open(443, "nowhere.example");
  EXPECT_THAT(by_name, IsStatus(kDenied));
  EXPECT_THAT(by_name.error_message(), HasSubstr("rule \"default\": no rule allows it"));
  EXPECT_EQ(target.accepted(), 0);
  EXPECT_THAT(judged.Log(), HasSubstr("policy_decision"));
  EXPECT_THAT(judged.Log(), HasSubstr("allow=false rule=guard"));
}

TEST(Policy, LetsThroughWhatARuleAllows) {
  TcpTarget target(Echo);
  Judged judged(kAllowLoopback);
  TransferClient rpc(judged.server().stub());
  rpc.Send({AttachNew(0, SpecTo(target.port())), DataFrame(0, "hello"), FinishFrame(0)});
  EXPECT_EQ(rpc.AwaitData(0, 5), "hello");
  EXPECT_FALSE(rpc.AwaitEnd().has_error());
  EXPECT_THAT(rpc.Leave(), IsOk());
  EXPECT_THAT(judged.Log(), HasSubstr("allow=true rule=all"));
}

TEST(Policy, TheGuardKnowsLoopbackInEveryNotation) {
  TcpTarget target(Echo);
  TcpTarget target6(Echo, {.ipv6 = true});
  Judged judged(kAllowAll, {"--allow-numeric-short-forms"});
  for (const char* host : {"127.0.0.1",
                           "127.0.0.2",
                           "0.0.0.0",
                           "::ffff:127.0.0.1",
                           "::ffff:7f00:1",
                           "::127.0.0.1",
                           "64:ff9b::127.0.0.1",
                           "64:ff9b:1::7f00:1",
                           "2002:7f00:1::",
                           "2001:0:7f00:1::",
                           "::ffff:0.0.0.0",
                           "localhost",
                           "LOCALHOST.",
                           "Localhost",
                           "127.1",
                           "127.0.1",
                           "0x7f000001",
                           "0x7f.1",
                           "2130706433",
                           "0177.0.0.1",
                           "017700000001",
                           "\xef\xbd\x8c\x6f\x63\x61lhost"}) {
    EXPECT_THAT(judged.Open(target.port(), host), IsStatus(kDenied)) << host;
  }
  for (const char* host : {"::1", "::", "0:0:0:0:0:0:0:1", "localhost"}) {
    EXPECT_THAT(judged.Open(target6.port(), host), IsStatus(kDenied)) << host;
  }
  EXPECT_EQ(target.accepted(), 0);
  EXPECT_EQ(target6.accepted(), 0);
}

TEST(Policy, ShortFormsAreRefusedByThemselves) {
  Judged judged(kAllowLoopback);
  for (const char* host : {"127.1", "0x7f000001", "2130706433", "0177.0.0.1"}) {
    EXPECT_EQ(judged.Open(80, host).error_code(), grpc::StatusCode::INVALID_ARGUMENT) << host;
  }
}

TEST(Policy, MetadataServicesAreOutOfReach) {
  Judged judged(kAllowAll);
  for (const char* host : {"169.254.169.254", "168.63.129.16", "100.100.100.200",
                           "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "fd00:ec2::254"}) {
    EXPECT_THAT(judged.Open(80, host), IsStatus(kDenied)) << host;
  }
}

// The server's own port, with every exemption there could be.
TEST(Policy, NobodyReachesTheServerThroughItself) {
  Judged judged(R"(policy:
  rules: [{name: all, action: allow}]
  guard:
    exemptions:
      - {name: any, principals: ["*"], hosts: ["*"], addresses: [0.0.0.0/0, "::/0"]}
)",
                {});
  const int own = judged.server().port();
  for (const char* host : {"127.0.0.1", "0.0.0.0", "::ffff:127.0.0.1", "localhost", "::"}) {
    const grpc::Status status = judged.Open(own, host);
    // ::1 is not ours, and nobody listens there.
    EXPECT_THAT(status, IsStatus(kDenied)) << host;
  }
}

TEST(Policy, AnAnswerThatTurnsToAnotherAddressIsJudgedAnew) {
  TcpTarget target(Echo);
  ScratchDir scratch;
  scratch.Write("hosts", "127.0.0.1 rebind.test\n");
  Dnsmasq dns({absl::StrCat("addn-hosts=", scratch.File("hosts"))});
  Judged judged(kAllowLoopback,
                {absl::StrCat("--dns-servers=", dns.address()), "--dns-cache-ttl=0s"});
  EXPECT_THAT(judged.Open(target.port(), "rebind.test"), IsOk());
  scratch.Write("hosts", "127.0.0.2 rebind.test\n");
  dns.process().Signal(SIGHUP);
  grpc::Status last;
  EXPECT_TRUE(WaitUntil([&] {
    last = judged.Open(target.port(), "rebind.test");
    return !last.ok();
  }));
  EXPECT_THAT(last, IsStatusAt(kDenied, absl::StrCat("127.0.0.2:", target.port())));
  EXPECT_THAT(last.error_message(), HasSubstr("127.0.0.2 is loopback (127.0.0.0/8)"));
}

// Of several answers, those that are denied are left out.
TEST(Policy, OneGoodAddressIsEnough) {
  TcpTarget target(Echo);
  Dnsmasq dns({"host-record=two.test,127.0.0.9", "host-record=two.test,127.0.0.1"});
  Judged judged(kAllowLoopback, {absl::StrCat("--dns-servers=", dns.address())});
  EXPECT_THAT(judged.Open(target.port(), "two.test"), IsOk());
}

// Whoever names the address chooses it.
TEST(Policy, ANameBesideAddressesProvesNothing) {
  TcpTarget target(Echo);
  Judged judged(R"(policy:
  rules: [{name: named, action: allow, hosts: [good.example]}]
  guard: {mode: off}
)");
  v1::StreamPairSpec spec = HeldSpecTo(target.port());
  spec.mutable_target()->mutable_host()->set_name("good.example");
  spec.mutable_target()->mutable_host()->add_addresses("127.0.0.1");
  EXPECT_THAT(judged.Open(spec), IsStatus(kDenied));
  EXPECT_EQ(target.accepted(), 0);
}

TEST(Policy, ALookalikeIsAnotherName) {
  Dnsmasq dns({"host-record=good.test,127.0.0.1", "host-record=xn--gd-fmca.test,127.0.0.1"});
  TcpTarget target(Echo);
  Judged judged(R"(policy:
  rules: [{name: named, action: allow, hosts: [good.test]}]
  guard: {mode: off}
)",
                {absl::StrCat("--dns-servers=", dns.address())});
  EXPECT_THAT(judged.Open(target.port(), "GOOD.test."), IsOk());
  EXPECT_THAT(judged.Open(target.port(),
                          "g\xd0\xbe\xd0\xbe"
                          "d.test"),
              IsStatus(kDenied));
}

v1::StreamPairSpec Through(const TcpTarget& proxy, const std::string& host, int port) {
  v1::StreamPairSpec spec = HeldSpecTo(port);
  spec.mutable_target()->mutable_host()->set_name(host);
  v1::SocksProxy& socks = *spec.add_properties()->mutable_socks_proxy();
  socks.set_host("127.0.0.1");
  socks.set_port(proxy.port());
  return spec;
}

// A proxy would resolve the name, or be asked for a forbidden address: it does not even hear of it.
TEST(Policy, ProxiesAreNoWayAround) {
  TcpTarget proxy(Echo);
  Judged judged(R"(policy:
  rules:
    - {name: targets, action: allow}
    - {name: proxies, action: allow, hops: [proxy]}
  guard:
    exemptions:
      - {name: proxy, principals: ["*"], hosts: [127.0.0.1], addresses: [127.0.0.1]}
)");
  const grpc::Status unverifiable = judged.Open(Through(proxy, "a.example", 80));
  EXPECT_THAT(unverifiable, IsStatus(kDenied));
  EXPECT_THAT(unverifiable.error_message(), HasSubstr("names that a proxy resolves"));
  EXPECT_THAT(judged.Open(Through(proxy, "10.0.0.1", 80)), IsStatus(kDenied));
  EXPECT_THAT(judged.Open(Through(proxy, "169.254.169.254", 80)), IsStatus(kDenied));
  EXPECT_EQ(proxy.accepted(), 0);

  Judged no_proxies(kAllowLoopback);
  EXPECT_THAT(no_proxies.Open(Through(proxy, "192.0.66.2", 80)), IsStatus(kDenied));
  EXPECT_EQ(proxy.accepted(), 0) << "a rule is about targets unless it says otherwise";
}

// A SOCKS4 proxy is asked by an address that is judged here, at the open and after a reload.
TEST(Policy, PairsThroughProxiesAreJudgedAsTheyWereAskedFor) {
  // Grants everything, and then is the target.
  TcpTarget proxy([](TargetConnection& connection) {
    if (connection.ReadExactly(9).size() < 9) return;  // Version 4, no user.
    connection.Write(absl::string_view("\0\x5a\0\0\0\0\0\0", 8));
    Echo(connection);
  });
  Dnsmasq dns({"host-record=four.test,198.41.0.4"});
  const std::string policy = R"(policy:
  rules:
    - {name: net, action: allow, addresses: [198.41.0.0/16]}
    - {name: proxies, action: allow, hops: [proxy]}
  on_reload: reset
  guard:
    exemptions:
      - {name: proxy, principals: ["*"], hosts: [127.0.0.1], addresses: [127.0.0.1]}
)";
  Judged judged(policy, {absl::StrCat("--dns-servers=", dns.address())});
  v1::StreamPairSpec spec = Through(proxy, "four.test", 80);
  spec.mutable_properties(0)->mutable_socks_proxy()->set_version(v1::SOCKS_VERSION_4);
  EXPECT_THAT(judged.calls().Create(spec, "", /*validate_only=*/true).status, IsOk());
  TransferClient rpc(judged.server().stub());
  rpc.Send({AttachNew(0, spec), DataFrame(0, "hello")});
  EXPECT_EQ(rpc.AwaitData(0, 5), "hello");
  judged.Reload(policy, "generation=2");
  rpc.Send({DataFrame(0, " still")});
  EXPECT_EQ(rpc.AwaitData(0, 11), "hello still");
  EXPECT_THAT(judged.Log(), Not(HasSubstr("policy_revoked")));
  judged.Reload(absl::StrCat(policy,
                             "  global_denials: [{name: no, action: deny, "
                             "addresses: [198.41.0.4], on_reload: reset}]\n"),
                "rule=no");
  EXPECT_THAT(rpc.AwaitEnd().error(), IsStreamError(kDenied));
}

TEST(Policy, TellsBeforehand) {
  Judged judged("policy: {rules: [{name: web, action: allow, hosts: [a.example], tls: verified}]}");
  v1::StreamPairSpec spec = HeldSpecTo(443);
  spec.mutable_target()->mutable_host()->set_name("a.example");
  PairAnswer answer = judged.calls().Create(spec, "", /*validate_only=*/true);
  EXPECT_THAT(answer.status, IsStatus(kDenied));
  EXPECT_THAT(answer.status.error_message(), HasSubstr("rule \"web\" needs verified TLS"));
  spec.add_properties()->mutable_ssl_settings();
  EXPECT_THAT(judged.calls().Create(spec, "", true).status, IsOk());
  spec.mutable_properties(0)->mutable_ssl_settings()->set_allows_any_root(true);
  EXPECT_THAT(judged.calls().Create(spec, "", true).status, IsStatus(kDenied));
}

// TLS in the middle of an open stream is judged like TLS at its start.
TEST(Policy, StartTlsIsNoWayAroundEither) {
  TcpTarget target(Echo);
  Judged judged(kAllowLoopback);
  const std::string name = judged.calls().MakePair(HeldSpecTo(target.port()));
  ASSERT_THAT(judged.calls().Open(name).status, IsOk());
  v1::Property lax;
  lax.mutable_ssl_settings()->set_validates_certificate_chain(false);
  EXPECT_THAT(judged.calls().SetProperty(name, lax), IsStatus(kDenied));
}

TEST(Policy, ReloadsJudgeLivePairs) {
  TcpTarget target(Echo);
  Judged judged(kAllowLoopback);
  TransferClient rpc(judged.server().stub());
  rpc.Send({AttachNew(0, SpecTo(target.port())), DataFrame(0, "hello")});
  EXPECT_EQ(rpc.AwaitData(0, 5), "hello");

  judged.Reload(absl::StrCat(kAllowLoopback, "  global_denials: [{name: no, action: deny}]\n"),
                "policy_revoked");
  EXPECT_THAT(judged.Log(), HasSubstr("rule=no"));
  EXPECT_THAT(judged.Log(), HasSubstr("action=keep"));
  rpc.Send({DataFrame(0, " still")});
  EXPECT_EQ(rpc.AwaitData(0, 11), "hello still");
  EXPECT_THAT(judged.Open(target.port(), "127.0.0.1"), IsStatus(kDenied));

  judged.Reload(absl::StrCat(kAllowLoopback,
                             "  global_denials: [{name: go, action: deny, on_reload: reset}]\n"),
                "action=reset");
  EXPECT_THAT(rpc.AwaitEnd().error(), IsStreamError(kDenied));
  EXPECT_THAT(rpc.Leave(), IsStatus(kDenied));
}

// The grace of the harness's servers is 100 ms.
TEST(Policy, DrainedPairsHaveTheGrace) {
  TcpTarget target(Echo);
  Judged judged(kAllowLoopback);
  TransferClient rpc(judged.server().stub());
  rpc.Send({AttachNew(0, SpecTo(target.port())), DataFrame(0, "hello")});
  EXPECT_EQ(rpc.AwaitData(0, 5), "hello");
  judged.Reload(absl::StrCat(kAllowLoopback,
                             "  global_denials: [{name: out, action: deny, on_reload: drain}]\n"),
                "action=drain");
  EXPECT_THAT(rpc.AwaitEnd().error(), IsStreamError(kDenied));
}

TEST(Policy, AFileThatIsWrongChangesNothing) {
  TcpTarget target(Echo);
  Judged judged(kAllowLoopback);
  judged.Reload("policy:\n  rulez: []\n", "config_rejected");
  EXPECT_THAT(judged.Log(), HasSubstr("policy.yaml:2:3: policy.rulez: unknown field"));
  EXPECT_THAT(judged.Open(target.port(), "127.0.0.1"), IsOk());
  judged.Reload("", "policy is missing");
  EXPECT_THAT(judged.Open(target.port(), "127.0.0.1"), IsOk());
  EXPECT_THAT(judged.Open(target.port(), "127.0.0.2"), IsStatus(kDenied));
  judged.Reload("policy: {}", "generation=2");
  EXPECT_THAT(judged.Open(target.port(), "127.0.0.1"), IsStatus(kDenied));
}

TEST(Policy, ReportsBeforeItBites) {
  TcpTarget target(Echo);
  Judged judged("policy: {mode: report}");
  EXPECT_THAT(judged.Open(target.port(), "127.0.0.1"), IsOk());
  EXPECT_THAT(judged.Log(), HasSubstr("allow=true rule=default would_deny=guard"));
}

TEST(Policy, ReadyServersHaveAPolicyThatIsFine) {
  ScratchDir scratch;
  scratch.Write("good.yaml", kAllowAll);
  scratch.Write("bad.yaml", "policy: {rules: [{name: a}]}");
  const auto run = [&](const std::string& file, const char* mode) {
    ChildProcess child({.command = {ProgramPath("server/streampaird"), "--listen=127.0.0.1:0",
                                    absl::StrCat("--config=", scratch.File(file)), mode},
                        .output = scratch.File("out")});
    const auto code = child.Wait();
    return absl::StrCat(code.value_or(-1), " ", child.Output());
  };
  EXPECT_EQ(run("good.yaml", "--check-config"),
            absl::StrCat("0 ", scratch.File("good.yaml"), ": fine: 1 rules, 0 exemptions\n"));
  EXPECT_EQ(run("bad.yaml", "--check-config"),
            absl::StrCat("1 ", scratch.File("bad.yaml"), ":1:18: policy.rules[0]: action is ",
                         "missing: must be allow or deny\n"));
  EXPECT_THAT(run("bad.yaml", "--log-level=error"), HasSubstr("action is missing"));
  EXPECT_THAT(run("none.yaml", "--check-config"), HasSubstr("cannot be read"));
}

}  // namespace
}  // namespace streampair::testing
