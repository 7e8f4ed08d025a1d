// The streampair command and TLS to targets, from the beginning and by STARTTLS.
#include <openssl/ssl.h>

#include <csignal>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "tests/harness/child_process.h"
#include "tests/harness/cli.h"
#include "tests/harness/pattern.h"
#include "tests/harness/peers.h"
#include "tests/harness/private_machine.h"
#include "tests/harness/scratch_dir.h"
#include "tests/harness/server_process.h"
#include "tests/harness/starttls_peers.h"
#include "tests/harness/tcp_target.h"
#include "tests/harness/tls_peer.h"

namespace streampair::testing {
namespace {

using ::google::protobuf::Struct;
using ::testing::AnyOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

class CliTls : public ::testing::Test {
 protected:
  CliTls() {
    scratch_.Write("root.pem", names_.root.pem());
    scratch_.Write("client.pem", names_.client.pem());
    scratch_.Write("client.key", names_.client.key_pem());
  }

  std::vector<std::string> Connect(int port, std::vector<std::string> options) {
    std::vector<std::string> arguments = {absl::StrCat("--server=", server_.address()), "connect",
                                          "localhost", absl::StrCat(port)};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return arguments;
  }
  std::string Trusting() const { return absl::StrCat("--ca=", scratch_.File("root.pem")); }

  static Struct Json(const std::string& text) {
    Struct json;
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(text, &json).ok()) << text;
    return json;
  }

  TlsNames names_;
  ScratchDir scratch_;
  ServerProcess server_;
};

TEST_F(CliTls, NginxServesAFileAndTheOutcomeTellsTheHandshake) {
  const std::string body = PatternText(0, 1 << 20);
  Nginx nginx(body, names_.leaf.pem(), names_.leaf.key_pem());
  const CliResult run = RunCli(
      Connect(nginx.port(), {"--tls", Trusting(), "--alpn=h3,http/1.1", "--json", "--no-finish"}),
      "GET /file HTTP/1.0\r\n\r\n");
  EXPECT_EQ(run.code, 0) << run.errors;
  EXPECT_TRUE(absl::EndsWith(run.output, body)) << run.output.size() << " bytes";
  const Struct tls = Json(run.errors).fields().at("tls").struct_value();
  EXPECT_EQ(tls.fields().at("version").string_value(), "TLS 1.3");
  EXPECT_EQ(tls.fields().at("alpn_protocol").string_value(), "http/1.1");
  EXPECT_THAT(tls.fields().at("cipher_suite").string_value(), HasSubstr("TLS_"));

  const CliResult older =
      RunCli(Connect(nginx.port(), {"--tls", Trusting(), "--tls-max=1.2", "--json", "--no-finish"}),
             "GET /file HTTP/1.0\r\n\r\n");
  EXPECT_EQ(
      Json(older.errors).fields().at("tls").struct_value().fields().at("version").string_value(),
      "TLS 1.2");
}

TEST_F(CliTls, EachSwitchLetsItsOwnFaultPass) {
  Nginx nginx("body", names_.leaf.pem(), names_.leaf.key_pem());
  struct Row {
    std::vector<std::string> options;
    const char* error;  // Empty: it goes through.
  };
  const Row rows[] = {
      {{"--tls"}, "(SSL, 0, -9813)"},
      {{"--tls", "--allow-other-peer-name"}, "(SSL, 0, -9813)"},
      {{"--tls", "--allow-any-root"}, ""},
      {{"--tls", "--allow-any-root", "--tls-name=other.test"}, "(SSL, 0, -9843)"},
      {{"--tls", "--allow-no-chain", "--tls-name=other.test"}, ""},
      {{"--tls", Trusting(), "--tls-name=other.test"}, "(SSL, 0, -9843)"},
      {{"--tls", Trusting(), "--allow-other-peer-name"}, ""},
      {{"--tls", Trusting(), "--sni=other.test"}, ""},
      {{"--tls", Trusting(), "--tls-min=1.1", "--tls-max=1.1"}, "(SSL, 0, -98"},
  };
  for (Row row : rows) {
    row.options.push_back("--no-finish");
    const CliResult run = RunCli(Connect(nginx.port(), row.options), "GET /file HTTP/1.0\r\n\r\n");
    SCOPED_TRACE(absl::StrCat(::testing::PrintToString(row.options), run.errors));
    EXPECT_EQ(run.code, *row.error == '\0' ? 0 : 1);
    EXPECT_THAT(run.errors, HasSubstr(row.error));
    if (*row.error == '\0') {
      EXPECT_EQ(run.errors, "");
      EXPECT_THAT(run.output, EndsWith("body"));
    } else {
      EXPECT_EQ(run.output, "");
    }
  }
}

TEST_F(CliTls, ShowsACertificateToWhoAsks) {
  GnutlsServer gnutls(names_.leaf.pem(), names_.leaf.key_pem(), names_.root.pem(),
                      {"--require-client-cert", "--verify-client-cert"});
  Cli cli(Connect(gnutls.port(), {"--tls", Trusting(), "--cert", scratch_.File("client.pem"),
                                  "--key", scratch_.File("client.key")}));
  cli.Say("a line\n");
  EXPECT_TRUE(cli.AwaitOutput("a line\n")) << cli.Errors();
  cli.EndInput();
  EXPECT_EQ(cli.Wait(), 0) << cli.Errors();
}

TEST_F(CliTls, SmtpThatIsAskedForTls) {
  MailNginx mail("smtp", names_.leaf.pem(), names_.leaf.key_pem());
  const std::vector<std::string> command =
      Connect(mail.port(), {"--starttls=smtp", Trusting(), "--no-finish"});
  const CliResult run = RunCli(command, "EHLO test\r\nQUIT\r\n");
  EXPECT_EQ(run.code, 0) << run.errors;
  EXPECT_THAT(run.output, HasSubstr("250"));
  EXPECT_THAT(run.output, Not(HasSubstr("STARTTLS"))) << "offered in clear only";

  // One that nobody may trust: the handshake fails, and nothing of the input goes.
  const CliResult distrusted = RunCli(Connect(mail.port(), {"--starttls=smtp"}), "EHLO test\r\n");
  EXPECT_EQ(distrusted.code, 1);
  EXPECT_THAT(distrusted.errors, HasSubstr("(SSL, 0, -98"));
  EXPECT_EQ(distrusted.output, "");
}

TEST_F(CliTls, DovecotAndPostgresAreAskedToo) {
  if (const int error = NamespaceError(); error != 0)
    GTEST_SKIP() << "this system allows no namespaces of our own: " << strerror(error);
  Dovecot dovecot(names_.leaf.pem(), names_.leaf.key_pem());
  Cli imap(Connect(dovecot.port(), {"--starttls=imap", Trusting(), "--json"}));
  imap.Say("b LOGIN alice sesame\r\n");
  ASSERT_TRUE(imap.AwaitOutput("b OK ")) << imap.Errors() << imap.Output();
  imap.Say("c LOGOUT\r\n");
  ASSERT_TRUE(imap.AwaitOutput("c OK ")) << imap.Errors() << imap.Output();
  imap.EndInput();
  EXPECT_EQ(imap.Wait(), 0) << imap.Errors();
  EXPECT_THAT(imap.Errors(), HasSubstr("\"version\":\"TLS 1."));

  Postgres postgres(names_.leaf.pem(), names_.leaf.key_pem());
  Cli sql(Connect(postgres.port(), {"--starttls=postgres", Trusting()}));
  const std::string user("user\0postgres\0\0", 15);
  sql.Say(absl::StrCat(std::string("\x00\x00\x00", 3),
                       std::string(1, static_cast<char>(8 + user.size())),
                       std::string("\x00\x03\x00\x00", 4), user));
  const std::string ready("Z\x00\x00\x00\x05I", 6);
  ASSERT_TRUE(sql.AwaitOutput(ready)) << sql.Errors();
  const std::string query("select ssl from pg_stat_ssl where pid = pg_backend_pid()\0", 57);
  sql.Say(absl::StrCat(std::string("Q\x00\x00\x00", 4),
                       std::string(1, static_cast<char>(4 + query.size())), query));
  // A row of one column: true.
  EXPECT_TRUE(sql.AwaitOutput(std::string("D\x00\x00\x00\x0b\x00\x01\x00\x00\x00\x01t", 12)))
      << sql.Output();
  sql.Say(std::string("X\x00\x00\x00\x04", 5));
  sql.EndInput();
  EXPECT_EQ(sql.Wait(), 0) << sql.Errors();
}

TEST_F(CliTls, LdapIsAskedInBer) {
  std::string request;
  TcpTarget target([&](TargetConnection& connection) {
    request = connection.ReadExactly(31);
    connection.Write(std::string("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00", 14));
    TlsPeer tls(connection, names_.leaf);
    EXPECT_TRUE(tls.ok());
    tls.Write(absl::StrCat("heard ", tls.ReadExactly(5)));
    tls.CloseNotify();
  });
  const CliResult run = RunCli(Connect(target.port(), {"--starttls=ldap", Trusting()}), "hello");
  EXPECT_EQ(run.code, 0) << run.errors;
  EXPECT_EQ(run.output, "heard hello");
  EXPECT_THAT(request, EndsWith("1.3.6.1.4.1.1466.20037"));
}

TEST_F(CliTls, WhoSpeaksSomethingElseIsAFailureOfTls) {
  TcpTarget nobody(FinishAtOnce);
  const CliResult gone = RunCli(Connect(nobody.port(), {"--starttls=smtp", "--json"}));
  EXPECT_EQ(gone.code, 1);
  const Struct error = Json(gone.errors).fields().at("error").struct_value();
  EXPECT_EQ(error.fields().at("symbol").string_value(), "EPROTO");
  EXPECT_EQ(error.fields().at("stage").string_value(), "tls");

  TcpTarget web(Say("HTTP/1.0 400 Bad Request\r\n\r\n"));
  const CliResult wrong = RunCli(Connect(web.port(), {"--starttls=imap"}), "secret");
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.errors, HasSubstr("no TLS: it said 'HTTP/1.0 400 Bad Request'"));

  // Who goes on in clear behind its agreement is an injection, however the bytes come.
  TcpTarget injecting([](TargetConnection& connection) {
    connection.Write("* OK\r\n");
    connection.ReadExactly(12);
    connection.Write("a OK\r\n* injected\r\n");
    connection.ReadToEnd();
  });
  const CliResult injected = RunCli(Connect(injecting.port(), {"--starttls=imap"}), "secret");
  EXPECT_EQ(injected.code, 1);
  EXPECT_THAT(injected.errors, AnyOf(HasSubstr("clear text"), HasSubstr("injection")));

  const CliResult closed = RunCli(Connect(ClosedPort().port(), {"--starttls=imap"}));
  EXPECT_THAT(closed.errors, HasSubstr("ECONNREFUSED"));
}

TEST_F(CliTls, ForwardSpeaksTlsForWhoCannot) {
  Nginx nginx("secret body", names_.leaf.pem(), names_.leaf.key_pem());
  Cli forward({absl::StrCat("--server=", server_.address()), "forward", "127.0.0.1:0",
               absl::StrCat("localhost:", nginx.port()), "--tls", Trusting()});
  ASSERT_TRUE(forward.AwaitErrors("\n"));
  const std::string errors = forward.Errors();
  const std::string address = errors.substr(errors.find("127.0.0.1:"));
  ChildProcess curl(
      {.command = {"curl", "-sS", "--noproxy", "*", "--max-time", "30", "-o", scratch_.File("body"),
                   absl::StrCat("http://", address.substr(0, address.find('\n')), "/file")},
       .errors = scratch_.File("errors")});
  EXPECT_EQ(curl.Wait(), 0) << ReadFile(scratch_.File("errors")).value_or("") << forward.Errors();
  EXPECT_EQ(ReadFile(scratch_.File("body")), "secret body");
  forward.Signal(SIGTERM);
  EXPECT_EQ(forward.Wait(), 128 + SIGTERM);
}

}  // namespace
}  // namespace streampair::testing
