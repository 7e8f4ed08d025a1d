// TLS with programs that people use: nginx, GnuTLS, mail with STARTTLS, OpenSSL's client.
#include <openssl/ssl.h>

#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "core/testing/certificate_maker.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/harness/child_process.h"
#include "tests/harness/frames.h"
#include "tests/harness/pattern.h"
#include "tests/harness/peers.h"
#include "tests/harness/private_machine.h"
#include "tests/harness/scratch_dir.h"
#include "tests/harness/server_process.h"
#include "tests/harness/server_side.h"
#include "tests/harness/starttls_peers.h"
#include "tests/harness/tcp_target.h"
#include "tests/harness/tls_peer.h"
#include "tests/harness/transfer_client.h"
#include "tests/harness/wait.h"

namespace streampair::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class RealTls : public ::testing::Test {
 protected:
  v1::SslContext Trusting() const {
    v1::SslContext context;
    context.add_trust_roots(names_.root.der());
    return context;
  }

  static v1::StreamPairSpec SpecWith(int port, const v1::SslContext& context) {
    v1::StreamPairSpec spec = SpecTo(port, "localhost");
    *spec.add_properties()->mutable_ssl_context() = context;
    return spec;
  }

  void Identify(v1::SslContext& context, const TestIdentity& identity) const {
    context.mutable_settings()->mutable_identity()->set_pem(
        absl::StrCat(identity.pem(), identity.key_pem()));
  }

  void OpensslConnects(const ScratchDir& scratch, const TestIdentity& leaf, const char* option,
                       v1::TlsVersion version);

  TlsNames names_;
  ServerProcess server_;
};

TEST_F(RealTls, NginxServesAFile) {
  const std::string body = PatternText(0, 8 << 20);
  Nginx nginx(body, names_.leaf.pem(), names_.leaf.key_pem());
  for (const v1::TlsVersion version : {v1::TLS_VERSION_1_2, v1::TLS_VERSION_1_3}) {
    v1::SslContext context = Trusting();
    context.set_max_version(version);
    TransferClient rpc(server_.stub());
    rpc.Plan(0, {.grant_window = 262144});
    rpc.Send({AttachNew(0, SpecWith(nginx.port(), context)),
              DataFrame(0, "GET /file HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")});
    rpc.AwaitFinish();
    const std::string answer = rpc.log().data;
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n")) << rpc.Describe();
    EXPECT_TRUE(absl::EndsWith(answer, absl::StrCat("\r\n\r\n", body)));
    EXPECT_EQ(rpc.log().finish->kind(), v1::FINISH_KIND_CLOSE_NOTIFY);
    rpc.Send({FinishFrame(0)});
    EXPECT_FALSE(rpc.AwaitEnd().has_error()) << rpc.Describe();
  }
}

TEST_F(RealTls, GnutlsWithAClientCertificateInBothVersions) {
  for (const v1::TlsVersion version : {v1::TLS_VERSION_1_2, v1::TLS_VERSION_1_3}) {
    SCOPED_TRACE(version);
    GnutlsServer gnutls(names_.leaf.pem(), names_.leaf.key_pem(), names_.root.pem(),
                        {"--require-client-cert", "--verify-client-cert"});
    v1::SslContext context = Trusting();
    context.set_max_version(version);
    {
      TransferClient rpc(server_.stub());
      rpc.Send({AttachNew(0, SpecWith(gnutls.port(), context))});
      EXPECT_EQ(rpc.AwaitEnd().error().domain(), v1::ERROR_DOMAIN_SSL) << "without one";
    }
    Identify(context, names_.client);
    TransferClient rpc(server_.stub());
    rpc.Send({AttachNew(0, SpecWith(gnutls.port(), context))});
    // It sends back one line at a time, as text.
    std::string said;
    for (int round = 0; round < 20; ++round) {
      const std::string line = absl::StrCat("line ", round, std::string(500, 'x'), "\n");
      said += line;
      rpc.Send({DataFrame(0, line)});
      ASSERT_EQ(rpc.AwaitData(0, said.size()), said) << rpc.Describe();
    }
    const ChannelLog log = rpc.log();
    ASSERT_GE(log.events.size(), 2u);
    EXPECT_EQ(log.events[1].tls_handshake_report().version(), version);
    rpc.Send({FinishFrame(0)});
    EXPECT_FALSE(rpc.AwaitEnd().has_error()) << rpc.Describe();
  }
}

TEST_F(RealTls, RenegotiationIsRefused) {
  GnutlsServer gnutls(names_.leaf.pem(), names_.leaf.key_pem(), names_.root.pem(),
                      {"--disable-client-cert"});
  v1::SslContext context = Trusting();
  context.set_max_version(v1::TLS_VERSION_1_2);
  TransferClient rpc(server_.stub());
  rpc.Send({AttachNew(0, SpecWith(gnutls.port(), context)), DataFrame(0, "a line\n")});
  EXPECT_EQ(rpc.AwaitData(0, 7), "a line\n") << rpc.Describe();
  // GnuTLS takes this as a command: it asks for a new handshake.
  rpc.Send({DataFrame(0, "**REHANDSHAKE**\n")});
  const v1::StreamError error = rpc.AwaitEnd().error();
  EXPECT_EQ(error.domain(), v1::ERROR_DOMAIN_SSL) << rpc.Describe();
  EXPECT_EQ(error.code(), -9800);
  EXPECT_EQ(error.stage(), v1::ERROR_STAGE_STREAM);
}

// What is said in clear, and the first words over TLS.
struct Dialogue {
  const char* protocol;
  const char* greeting;
  const char* start;
  const char* go;
  const char* hello;
  const char* answer;
};

class RealStartTls : public RealTls {
 protected:
  static v1::ClientFrame Secure(const v1::SslContext& context, size_t read_offset) {
    v1::ClientFrame set;
    set.mutable_set_property()->set_id(1);
    *set.mutable_set_property()->mutable_property()->mutable_ssl_context() = context;
    set.mutable_set_property()->set_read_offset(read_offset);
    return set;
  }

  // Goes through the dialogue with the server on that port, and returns what came over TLS.
  std::string Talk(TransferClient& rpc, int port, const Dialogue& says) {
    const auto await_line = [&rpc](size_t from, const std::string& start) {
      const bool came = rpc.Await(0, [&](const ChannelLog& log) {
        const absl::string_view fresh = absl::string_view(log.data).substr(from);
        return absl::EndsWith(fresh, "\r\n") && absl::StrContains(fresh, start);
      });
      EXPECT_TRUE(came) << rpc.Describe();
    };
    rpc.Send({AttachNew(0, SpecTo(port, "localhost"))});
    await_line(0, says.greeting);
    size_t read = rpc.log().data.size();
    rpc.Send({DataFrame(0, says.start)});
    await_line(read, says.go);
    read = rpc.log().data.size();
    // The first words over TLS follow at once.
    rpc.Send({Secure(Trusting(), read), DataFrame(0, says.hello)});
    await_line(read, says.answer);
    EXPECT_EQ(rpc.log().results.size(), 1u);
    EXPECT_FALSE(rpc.log().results.at(0).has_error());
    const std::string secure = rpc.log().data.substr(read);
    EXPECT_THAT(secure, ::testing::Not(HasSubstr("STARTTLS"))) << "offered in clear only";
    return secure;
  }
};

TEST_F(RealStartTls, MailServersInOrder) {
  const Dialogue dialogues[] = {
      {"smtp", "220 ", "STARTTLS\r\n", "220 ", "EHLO test\r\n", "250"},
      {"imap", "* OK ", "a STARTTLS\r\n", "a OK ", "b CAPABILITY\r\n", "b OK "},
  };
  for (const Dialogue& says : dialogues) {
    SCOPED_TRACE(says.protocol);
    MailNginx mail(says.protocol, names_.leaf.pem(), names_.leaf.key_pem());
    TransferClient rpc(server_.stub());
    Talk(rpc, mail.port(), says);
  }
}

TEST_F(RealStartTls, DovecotLetsUsInOverTls) {
  if (const int error = NamespaceError(); error != 0)
    GTEST_SKIP() << "this system allows no namespaces of our own: " << strerror(error);
  Dovecot dovecot(names_.leaf.pem(), names_.leaf.key_pem());
  TransferClient rpc(server_.stub());
  Talk(rpc, dovecot.port(),
       {"imap", "* OK ", "a STARTTLS\r\n", "a OK ", "b LOGIN alice sesame\r\n", "b OK "});
  rpc.Send({DataFrame(0, "c SELECT INBOX\r\nd LOGOUT\r\n")});
  rpc.AwaitFinish();
  EXPECT_THAT(rpc.log().data, HasSubstr("c OK [READ-WRITE]"));
  EXPECT_EQ(rpc.log().finish->kind(), v1::FINISH_KIND_CLOSE_NOTIFY);
}

TEST_F(RealStartTls, PostgresAnswersAQuery) {
  if (const int error = NamespaceError(); error != 0)
    GTEST_SKIP() << "this system allows no namespaces of our own: " << strerror(error);
  Postgres postgres(names_.leaf.pem(), names_.leaf.key_pem());
  TransferClient rpc(server_.stub());
  rpc.Send({AttachNew(0, SpecTo(postgres.port(), "localhost")),
            DataFrame(0, std::string("\x00\x00\x00\x08\x04\xd2\x16\x2f", 8))});  // SSLRequest.
  ASSERT_EQ(rpc.AwaitData(0, 1), "S") << rpc.Describe() << postgres.process().Output();
  const std::string user("user\0postgres\0\0", 15);
  const std::string startup = absl::StrCat(std::string("\x00\x00\x00", 3),
                                           std::string(1, static_cast<char>(8 + user.size())),
                                           std::string("\x00\x03\x00\x00", 4), user);
  rpc.Send({Secure(Trusting(), 1), DataFrame(0, startup)});
  // Ready for a query.
  const std::string ready("Z\x00\x00\x00\x05I", 6);
  ASSERT_TRUE(rpc.Await(0, [&](const ChannelLog& log) { return absl::EndsWith(log.data, ready); }))
      << rpc.Describe();
  const size_t read = rpc.log().data.size();
  const std::string query("select ssl from pg_stat_ssl where pid = pg_backend_pid()\0", 57);
  rpc.Send(
      {DataFrame(0, absl::StrCat(std::string("Q\x00\x00\x00", 4),
                                 std::string(1, static_cast<char>(4 + query.size())), query))});
  ASSERT_TRUE(rpc.Await(0, [&](const ChannelLog& log) {
    return log.data.size() > read && absl::EndsWith(log.data, ready);
  })) << rpc.Describe();
  // A row of one column: true.
  EXPECT_THAT(rpc.log().data.substr(read),
              HasSubstr(std::string("D\x00\x00\x00\x0b\x00\x01\x00\x00\x00\x01t", 12)));
}

// The pair dials a target, behind which OpenSSL's client begins the handshake.
void RealTls::OpensslConnects(const ScratchDir& scratch, const TestIdentity& leaf,
                              const char* option, v1::TlsVersion version) {
  int dialled = -1;
  absl::Notification is_dialled;
  absl::Notification is_over;
  TcpTarget target([&](TargetConnection& connection) {
    dialled = connection.descriptor();
    is_dialled.Notify();
    is_over.WaitForNotificationWithTimeout(2 * kPatience);
  });
  TcpTarget front([&](TargetConnection& connection) {
    if (is_dialled.WaitForNotificationWithTimeout(kPatience))
      Relay(connection.descriptor(), dialled, RelayEnd::kBoth);
    is_over.Notify();
  });
  v1::SslContext context = Trusting();
  context.set_request_client_certificate(true);
  context.mutable_settings()->set_is_server(true);
  context.set_min_version(v1::TLS_VERSION_1_0);
  context.add_alpn_protocols("pop3");
  Identify(context, leaf);
  TransferClient rpc(server_.stub());
  rpc.Send({AttachNew(0, SpecWith(target.port(), context)), DataFrame(0, "from the server\n")});
  ChildProcess client(
      {.command = {"openssl", "s_client", option, "-connect", front.address(), "-quiet", "-cipher",
                   "ALL:@SECLEVEL=0", "-alpn", "imap,pop3", "-CAfile", "root.pem",
                   "-verify_return_error", "-verify_hostname", "localhost", "-cert", "client.pem",
                   "-key", "client.key"},
       .directory = scratch.path(),
       .input = scratch.File("words"),
       .output = scratch.File("output")});
  EXPECT_EQ(rpc.AwaitData(0, 16), "from the client\n") << rpc.Describe() << client.Output();
  const ChannelLog log = rpc.log();
  ASSERT_GE(log.events.size(), 2u);
  EXPECT_EQ(log.events[1].tls_handshake_report().version(), version);
  EXPECT_EQ(log.events[1].tls_handshake_report().alpn_protocol(), "pop3");
  grpc::ClientContext call;
  v1::GetPropertyRequest request;
  request.set_name(log.attached->name());
  request.set_key(v1::PROPERTY_KEY_SSL_PEER_CERTIFICATES);
  v1::GetPropertyResponse response;
  ASSERT_TRUE(server_.stub().GetProperty(&call, request, &response).ok());
  ASSERT_GE(response.property().ssl_peer_certificates().certificates_size(), 1);
  EXPECT_EQ(response.property().ssl_peer_certificates().certificates(0), names_.client.der());
  rpc.Send({FinishFrame(0)});
  EXPECT_FALSE(rpc.AwaitEnd().has_error()) << rpc.Describe();
  EXPECT_TRUE(client.Wait().has_value()) << client.Output();
  EXPECT_THAT(client.Output(), HasSubstr("from the server"));
}

TEST_F(RealTls, OpensslsServerTakesOurCertificateInEveryVersion) {
  const ScratchDir scratch;
  scratch.Write("root.pem", names_.root.pem());
  for (const char* option : {"-tls1", "-tls1_1", "-tls1_2", "-tls1_3"}) {
    SCOPED_TRACE(option);
    OpensslServer openssl(names_.leaf.pem(), names_.leaf.key_pem(),
                          {option, "-cipher", "ALL:@SECLEVEL=0", "-Verify", "2",
                           "-verify_return_error", "-CAfile", scratch.File("root.pem")});
    v1::SslContext context = Trusting();
    context.set_min_version(v1::TLS_VERSION_1_0);
    {
      TransferClient rpc(server_.stub());
      rpc.Send({AttachNew(0, SpecWith(openssl.port(), context))});
      EXPECT_EQ(rpc.AwaitEnd().error().domain(), v1::ERROR_DOMAIN_SSL) << "without one";
    }
    Identify(context, names_.client);
    TransferClient rpc(server_.stub());
    rpc.Send({AttachNew(0, SpecWith(openssl.port(), context)), DataFrame(0, "words\n")});
    EXPECT_EQ(rpc.AwaitData(0, 6), "sdrow\n") << rpc.Describe() << openssl.process().Output();
  }
}

TEST_F(RealTls, OpensslsClientAgainstTheServersSideInEveryVersionAndWithEveryKey) {
  const ScratchDir scratch;
  scratch.Write("root.pem", names_.root.pem());
  scratch.Write("client.pem", names_.client.pem());
  scratch.Write("client.key", names_.client.key_pem());
  scratch.Write("words", "from the client\n");
  const std::pair<const char*, v1::TlsVersion> versions[] = {{"-tls1", v1::TLS_VERSION_1_0},
                                                             {"-tls1_1", v1::TLS_VERSION_1_1},
                                                             {"-tls1_2", v1::TLS_VERSION_1_2},
                                                             {"-tls1_3", v1::TLS_VERSION_1_3}};
  for (const TestKey key : {TestKey::kEcdsa, TestKey::kRsa2048, TestKey::kEd25519}) {
    const TestIdentity leaf = MakeCertificate({.subject = "leaf",
                                               .not_before = absl::Now() - absl::Hours(1),
                                               .not_after = absl::Now() + absl::Hours(1),
                                               .key = key,
                                               .names = "DNS:localhost"},
                                              &names_.root);
    for (const auto& [option, version] : versions) {
      // OpenSSL has no Ed25519 before TLS 1.2.
      if (key == TestKey::kEd25519 && version < v1::TLS_VERSION_1_2) continue;
      SCOPED_TRACE(absl::StrCat(option, " key ", static_cast<int>(key)));
      OpensslConnects(scratch, leaf, option, version);
    }
  }
}

}  // namespace
}  // namespace streampair::testing
