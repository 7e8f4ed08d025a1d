// How the streampair command finds its server and is let in by it.
#include <openssl/ssl.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/harness/cli.h"
#include "tests/harness/scratch_dir.h"
#include "tests/harness/server_process.h"
#include "tests/harness/tcp_target.h"
#include "tests/harness/tls_peer.h"

namespace streampair::testing {
namespace {

using ::testing::HasSubstr;

// Files of a server that speaks TLS and wants to know its callers, and of a caller.
class CliServer : public ::testing::Test {
 protected:
  CliServer() {
    scratch_.Write("root.pem", names_.root.pem());
    scratch_.Write("server.pem", names_.leaf.pem());
    scratch_.Write("server.key", names_.leaf.key_pem());
    scratch_.Write("client.pem", names_.client.pem());
    scratch_.Write("client.key", names_.client.key_pem());
  }
  std::string File(const std::string& option, const std::string& name) const {
    return absl::StrCat("--", option, "=", scratch_.File(name));
  }

  TlsNames names_;
  ScratchDir scratch_;
};

TEST_F(CliServer, SpeaksTlsAndShowsItsCertificate) {
  ServerProcess server({File("tls-cert", "server.pem"), File("tls-key", "server.key"),
                        File("tls-client-ca", "root.pem")});
  TcpTarget target(Echo);
  const std::string at = absl::StrCat("--server=", server.address());
  const std::string root = File("server-ca", "root.pem");
  const std::string certificate = File("server-cert", "client.pem");
  const std::string key = File("server-key", "client.key");
  const CliResult echoed = RunCli(
      {at, root, certificate, key, "connect", "127.0.0.1", absl::StrCat(target.port())}, "hello");
  EXPECT_EQ(echoed.code, 0) << echoed.errors;
  EXPECT_EQ(echoed.output, "hello");
  // The principal is the certificate's: its pairs are not those of others.
  struct Row {
    std::vector<std::string> options;
    int code;
  };
  const Row rows[] = {
      {{root, certificate, key, "--server-name=localhost"}, 0},
      {{root, certificate, key, "--server-name=other.test"}, 3},
      {{root}, 3},               // No certificate.
      {{certificate, key}, 3},   // Roots that do not know the server.
      {{}, 3},                   // No TLS.
      {{root, certificate}, 2},  // No key.
      {{"--server-ca=/nonexistent"}, 2},
  };
  for (const Row& row : rows) {
    std::vector<std::string> command = {at, "ping", "--count=1"};
    command.insert(command.end(), row.options.begin(), row.options.end());
    const CliResult run = RunCli(command);
    EXPECT_EQ(run.code, row.code) << ::testing::PrintToString(row.options) << run.errors
                                  << run.output;
  }
}

TEST_F(CliServer, IsFoundByFlagEnvironmentAndFileInThatOrder) {
  ServerProcess server;
  const ClosedPort closed;
  scratch_.Write("config.yaml", absl::StrCat("server: ", server.address(), "\nping: {count: 3}\n"));
  scratch_.Write("wrong.yaml", "server: x:1\nsevrer: y:1\n");
  const std::string config = File("config", "config.yaml");
  const std::string environment = absl::StrCat("STREAMPAIR_CONFIG=", scratch_.File("config.yaml"));
  const auto answered = [](const CliResult& run) { return run.output + run.errors; };
  EXPECT_THAT(answered(RunCli({config, "ping", "--interval=0"})), HasSubstr("3 of 3 answered"));
  EXPECT_THAT(answered(RunCli({"ping", "--interval=0", "--count=1"}, "", {environment})),
              HasSubstr("1 of 1 answered"));
  EXPECT_THAT(
      answered(RunCli({"ping", "--interval=0"}, "", {environment, "STREAMPAIR_PING_COUNT=2"})),
      HasSubstr("2 of 2 answered"));
  EXPECT_EQ(RunCli({config, "ping", "--count=1"}, "",
                   {absl::StrCat("STREAMPAIR_SERVER=", closed.address())})
                .code,
            3);
  EXPECT_EQ(RunCli({config, "ping", "--count=1", absl::StrCat("--server=", server.address())}, "",
                   {absl::StrCat("STREAMPAIR_SERVER=", closed.address())})
                .code,
            0);
  const CliResult wrong = RunCli({File("config", "wrong.yaml"), "ping"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.errors, HasSubstr("wrong.yaml line 2: there is no option 'sevrer' here"));
}

TEST_F(CliServer, TellsWhatItsPolicyForbids) {
  scratch_.Write("policy.yaml", R"(policy:
  global_denials:
    - {name: no-mail, action: deny, ports: [25]}
  rules:
    - {name: web, action: allow, hosts: [.example.test], tls: verified}
)");
  ServerProcess server({File("config", "policy.yaml")});
  const auto explain = [&](std::vector<std::string> arguments) {
    std::vector<std::string> command = {absl::StrCat("--server=", server.address()), "policy",
                                        "explain"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return RunCli(command);
  };
  const CliResult allowed = explain({"a.example.test", "443", "--tls"});
  EXPECT_EQ(allowed.code, 0) << allowed.errors;
  EXPECT_EQ(allowed.output, "a.example.test port 443: allowed, unless its address is not\n");
  EXPECT_EQ(explain({"a.example.test", "443", "--tls", "--json"}).output, "{\"allowed\":true}\n");
  const CliResult mail = explain({"a.example.test", "25", "--tls"});
  EXPECT_EQ(mail.code, 1);
  EXPECT_THAT(mail.output, HasSubstr("a.example.test port 25: denied: "));
  EXPECT_THAT(mail.output, HasSubstr("no-mail"));
  EXPECT_EQ(explain({"a.example.test", "443"}).code, 1) << "without TLS";
  EXPECT_EQ(explain({"a.example.test", "443", "--tls", "--allow-any-root"}).code, 1);
  EXPECT_THAT(explain({"other.test", "443", "--json"}).output,
              HasSubstr("{\"allowed\":false,\"error\":{\"domain\":1000,"));
  const CliResult wrong = explain({"a..b", "443"});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.errors, HasSubstr("stage request"));
  EXPECT_EQ(explain({"a", "0"}).code, 2);
}

}  // namespace
}  // namespace streampair::testing
