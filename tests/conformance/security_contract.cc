// TLS: levels, the deprecated function, the keys of the settings, context, certificates and trust.
#include <functional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/conformance/contract.h"
#include "tests/harness/mailbox.h"

namespace streampair::testing {
namespace {

class Security : public Contract {
 protected:
  // A certificate for 127.0.0.1 like names().leaf, but for what `change` does to it.
  static TestIdentity Leaf(const std::function<void(CertificateSpec&)>& change,
                           const TestIdentity& issuer) {
    const absl::Time now = absl::Now();
    CertificateSpec spec{.subject = "leaf",
                         .not_before = now - absl::Hours(48),
                         .not_after = now + absl::Hours(24),
                         .names = "DNS:localhost,IP:127.0.0.1",
                         .purpose = "serverAuth"};
    change(spec);
    return MakeCertificate(spec, &issuer);
  }
  static TestIdentity Root(absl::Duration until) {
    const absl::Time now = absl::Now();
    return MakeCertificate({.subject = "other root",
                            .not_before = now - absl::Hours(72),
                            .not_after = now + until,
                            .is_ca = true},
                           nullptr);
  }

  // How opening a pair with that property to a TLS server with that certificate ends.
  std::string Outcome(const TestIdentity& identity, const std::string& property,
                      const std::string& host = "127.0.0.1") {
    TcpTarget target([&](TargetConnection& connection) {
      TlsPeer peer(connection, identity);
      connection.ReadToEnd();  // Until the pair goes, or the target.
    });
    const std::string name = Make(With(HeldTo(target.port(), host), property));
    const std::string outcome = Triple(OpenReady(name));
    EXPECT_THAT(calls().Delete(name), IsOk());
    return outcome;
  }

  // The same for a pair that sets a level, to OpenSSL with that option.
  std::string LevelOutcome(const std::string& level, const std::string& option,
                           std::string* level_after) {
    OpensslServer openssl(names().leaf.pem(), names().leaf.key_pem(),
                          {option, "-cipher", "ALL:@SECLEVEL=0"});
    const std::string name = Make(HeldTo(openssl.port()));
    EXPECT_THAT(Set(name, absl::StrCat("socket_security_level: ", level)), IsOk());
    const std::string outcome = Triple(OpenReady(name));
    *level_after = Read(name, v1::PROPERTY_KEY_SOCKET_SECURITY_LEVEL);
    return outcome;
  }

  v1::SetSecurityProtocolResponse SetProtocol(const std::string& name,
                                              v1::SecurityProtocol protocol) {
    grpc::ClientContext context;
    v1::SetSecurityProtocolRequest request;
    request.set_name(name);
    request.set_protocol(protocol);
    v1::SetSecurityProtocolResponse response;
    EXPECT_THAT(server().stub().SetSecurityProtocol(&context, request, &response), IsOk());
    return response;
  }
  void ExpectProtocolIsLevel(v1::SecurityProtocol protocol, const std::string& level) {
    const std::string name = Make(HeldTo(443));
    EXPECT_TRUE(SetProtocol(name, protocol).accepted());
    EXPECT_EQ(Read(name, v1::PROPERTY_KEY_SOCKET_SECURITY_LEVEL),
              absl::StrCat("socket_security_level: ", level));
  }
};

TEST_F(Security, LevelNoneIsClearText) {
  const std::string name = Make(HeldTo(echo().port()));
  ASSERT_THAT(Set(name, "socket_security_level: SECURITY_LEVEL_NEGOTIATED_SSL"), IsOk());
  ASSERT_THAT(Set(name, "socket_security_level: SECURITY_LEVEL_NONE"), IsOk());
  ExpectEcho(name, "in clear");
}

TEST_F(Security, LevelSslV2IsSetAndFailsToNegotiate) {
  std::string after;
  EXPECT_EQ(LevelOutcome("SECURITY_LEVEL_SSL_V2", "-tls1_2", &after), "SSL/0/-9801");
  EXPECT_EQ(after, "socket_security_level: SECURITY_LEVEL_SSL_V2");
}

TEST_F(Security, LevelSslV3IsSetAndFailsToNegotiate) {
  std::string after;
  EXPECT_EQ(LevelOutcome("SECURITY_LEVEL_SSL_V3", "-tls1_2", &after), "SSL/0/-9801");
  EXPECT_EQ(after, "socket_security_level: SECURITY_LEVEL_SSL_V3");
}

TEST_F(Security, LevelTlsV1IsTls10AndNothingElse) {
  std::string after;
  EXPECT_EQ(LevelOutcome("SECURITY_LEVEL_TLS_V1", "-tls1", &after), "no error");
  EXPECT_EQ(after, "socket_security_level: SECURITY_LEVEL_TLS_V1");
  EXPECT_EQ(LevelOutcome("SECURITY_LEVEL_TLS_V1", "-tls1_2", &after), "SSL/0/-9836");
}

TEST_F(Security, LevelNegotiatedIsTheBestOfBoth) {
  std::string after;
  EXPECT_EQ(LevelOutcome("SECURITY_LEVEL_NEGOTIATED_SSL", "-tls1_3", &after), "no error");
  EXPECT_EQ(after, "socket_security_level: SECURITY_LEVEL_NEGOTIATED_SSL");
  EXPECT_EQ(LevelOutcome("SECURITY_LEVEL_NEGOTIATED_SSL", "-tls1_2", &after), "no error");
}

// "If you set this key, you must do so before setting any other SSL options."
TEST_F(Security, ALevelReplacesTheSettings) {
  const std::string name = Make(HeldTo(443));
  ASSERT_THAT(Set(name, "ssl_settings { allows_any_root: true }"), IsOk());
  EXPECT_EQ(Read(name, v1::PROPERTY_KEY_SOCKET_SECURITY_LEVEL),
            "socket_security_level: SECURITY_LEVEL_NEGOTIATED_SSL");
  ASSERT_THAT(Set(name, "socket_security_level: SECURITY_LEVEL_NEGOTIATED_SSL"), IsOk());
  EXPECT_EQ(Read(name, v1::PROPERTY_KEY_SSL_SETTINGS), "absent");
  EXPECT_EQ(Triple(Set(name, "socket_security_level: 99")), "STREAMPAIR/0/3");
}

TEST_F(Security, TheDeprecatedFunctionAnswersYesOrNo) {
  const std::string name = Make(HeldTo(echo().port()));
  EXPECT_TRUE(SetProtocol(name, v1::SECURITY_PROTOCOL_TLS_V1).accepted());
  EXPECT_FALSE(SetProtocol(name, static_cast<v1::SecurityProtocol>(9)).accepted());
  EXPECT_EQ(Read(name, v1::PROPERTY_KEY_SOCKET_SECURITY_LEVEL),
            "socket_security_level: SECURITY_LEVEL_TLS_V1");
  EXPECT_TRUE(SetProtocol(name, v1::SECURITY_PROTOCOL_NONE).accepted());
  // "Call this function before you call CFReadStreamOpen."
  ASSERT_THAT(OpenReady(name), IsOk());
  const v1::SetSecurityProtocolResponse late = SetProtocol(name, v1::SECURITY_PROTOCOL_TLS_V1);
  EXPECT_FALSE(late.accepted());
  EXPECT_EQ(Triple(late.error()), "STREAMPAIR/0/7");
  ExpectEcho(name, "still in clear");
}

TEST_F(Security, ProtocolNone) {
  ExpectProtocolIsLevel(v1::SECURITY_PROTOCOL_NONE, "SECURITY_LEVEL_NONE");
}
TEST_F(Security, ProtocolSslV2) {
  ExpectProtocolIsLevel(v1::SECURITY_PROTOCOL_SSL_V2, "SECURITY_LEVEL_SSL_V2");
}
TEST_F(Security, ProtocolSslV3) {
  ExpectProtocolIsLevel(v1::SECURITY_PROTOCOL_SSL_V3, "SECURITY_LEVEL_SSL_V3");
}
TEST_F(Security, ProtocolSslV23) {
  ExpectProtocolIsLevel(v1::SECURITY_PROTOCOL_SSL_V23, "SECURITY_LEVEL_NEGOTIATED_SSL");
}
TEST_F(Security, ProtocolTlsV1) {
  ExpectProtocolIsLevel(v1::SECURITY_PROTOCOL_TLS_V1, "SECURITY_LEVEL_TLS_V1");
}

TEST_F(Security, EmptySettingsTurnTlsOnAndNullTurnsItOff) {
  EXPECT_EQ(Outcome(names().leaf, "ssl_settings {}"), "no error");
  const std::string name = Make(HeldTo(echo().port()));
  ASSERT_THAT(Set(name, "ssl_settings {}"), IsOk());
  ASSERT_THAT(Set(name, "null: PROPERTY_KEY_SSL_SETTINGS"), IsOk());
  ExpectEcho(name, "in clear");
}

TEST_F(Security, SettingsLevel) {
  EXPECT_EQ(Outcome(names().leaf, "ssl_settings { level: SECURITY_LEVEL_SSL_V3 }"), "SSL/0/-9801");
  EXPECT_EQ(Outcome(names().leaf, "ssl_settings { level: SECURITY_LEVEL_NEGOTIATED_SSL }"),
            "no error");
  const std::string name = Make(HeldTo(echo().port()));
  ASSERT_THAT(Set(name, "ssl_settings { level: SECURITY_LEVEL_NONE }"), IsOk());
  ExpectEcho(name, "in clear");
}

TEST_F(Security, SettingsAllowsExpiredCertificates) {
  const TestIdentity expired = Leaf(
      [](CertificateSpec& spec) { spec.not_after = absl::Now() - absl::Hours(1); }, names().root);
  EXPECT_EQ(Outcome(expired, "ssl_settings {}"), "SSL/0/-9814");
  EXPECT_EQ(Outcome(expired, "ssl_settings { allows_expired_roots: true }"), "SSL/0/-9814");
  EXPECT_EQ(Outcome(expired, "ssl_settings { allows_expired_certificates: true }"), "no error");
}

TEST_F(Security, SettingsAllowsExpiredRoots) {
  const TestIdentity root = Root(-absl::Hours(1));
  const TestIdentity leaf = Leaf([](CertificateSpec&) {}, root);
  const auto with_root = [&](const std::string& settings) {
    return absl::StrCat("ssl_context { trust_roots: \"", absl::CHexEscape(root.der()),
                        "\" settings { ", settings, " } }");
  };
  EXPECT_EQ(Outcome(leaf, with_root("")), "SSL/0/-9814");
  EXPECT_EQ(Outcome(leaf, with_root("allows_expired_certificates: true")), "SSL/0/-9814");
  EXPECT_EQ(Outcome(leaf, with_root("allows_expired_roots: true")), "no error");
}

TEST_F(Security, SettingsAllowsAnyRoot) {
  const TestIdentity root = Root(absl::Hours(1));
  const TestIdentity leaf = Leaf([](CertificateSpec&) {}, root);
  EXPECT_EQ(Outcome(leaf, "ssl_settings {}"), "SSL/0/-9813");
  EXPECT_EQ(Outcome(leaf, "ssl_settings { allows_any_root: true }"), "no error");
  // The name is checked all the same.
  const TestIdentity other =
      Leaf([](CertificateSpec& spec) { spec.names = "DNS:other.test"; }, root);
  EXPECT_EQ(Outcome(other, "ssl_settings { allows_any_root: true }"), "SSL/0/-9843");
}

TEST_F(Security, SettingsValidatesCertificateChain) {
  const TestIdentity wrong = Leaf(
      [](CertificateSpec& spec) {
        spec.names = "DNS:other.test";
        spec.not_after = absl::Now() - absl::Hours(1);
      },
      Root(absl::Hours(1)));
  EXPECT_NE(Outcome(wrong, "ssl_settings { validates_certificate_chain: true }"), "no error");
  EXPECT_EQ(Outcome(wrong, "ssl_settings { validates_certificate_chain: false }"), "no error");
}

TEST_F(Security, SettingsPeerName) {
  const TestIdentity other =
      Leaf([](CertificateSpec& spec) { spec.names = "DNS:other.test"; }, names().root);
  EXPECT_EQ(Outcome(other, "ssl_settings {}"), "SSL/0/-9843");
  EXPECT_EQ(Outcome(other, "ssl_settings { peer_name_value: \"other.test\" }"), "no error");
  EXPECT_EQ(Outcome(other, "ssl_settings { peer_name_null: NULL_VALUE_UNSPECIFIED }"), "no error");
  // "If no host name was used, no peer name will be used."
  TcpTarget target([&](TargetConnection& connection) {
    TlsPeer peer(connection, other);
    connection.ReadToEnd();  // Until the pair goes, or the target.
  });
  v1::StreamPairSpec spec = With(HeldTo(1), "ssl_settings {}");
  spec.mutable_target()->mutable_address()->set_address("127.0.0.1");
  spec.mutable_target()->mutable_address()->set_port(target.port());
  EXPECT_EQ(FailureOf(spec), "no error");
}

TEST_F(Security, SettingsCertificatesAreSentWhenThePeerAsks) {
  Mailbox<std::string> seen;
  TcpTarget target([&](TargetConnection& connection) {
    TlsPeer peer(connection, names().leaf);
    seen.Put(peer.PeerCertificate());
    connection.ReadToEnd();
  });
  v1::StreamPairSpec spec = HeldTo(target.port());
  v1::SslSettings& settings = *spec.add_properties()->mutable_ssl_settings();
  settings.mutable_identity()->mutable_der()->set_certificate(names().client.der());
  settings.mutable_identity()->mutable_der()->set_private_key(names().client.key_der());
  settings.add_certificate_chain(names().root.der());
  const std::string name = Make(spec);
  ASSERT_THAT(OpenReady(name), IsOk());
  EXPECT_EQ(seen.Take(), names().client.der());
  // A key is never read back.
  const v1::SslSettings back = ReadValue(name, v1::PROPERTY_KEY_SSL_SETTINGS).ssl_settings();
  EXPECT_EQ(back.identity().der().certificate(), names().client.der());
  EXPECT_EQ(back.identity().der().private_key(), "");
  // A bad one is refused, and the pair is as it was.
  const std::string fresh = Make(HeldTo(443));
  EXPECT_EQ(Triple(Set(fresh, "ssl_settings { identity { pem: \"rubbish\" } }")), "STREAMPAIR/0/3");
  EXPECT_EQ(Read(fresh, v1::PROPERTY_KEY_SSL_SETTINGS), "absent");
}

TEST_F(Security, SettingsIsServer) {
  Mailbox<std::string> heard;
  TcpTarget target([&](TargetConnection& connection) {
    TlsPeer peer(connection, names().client, TlsPeer::Side::kClient);
    if (!peer.ok()) return;  // The second time, when there is no certificate.
    EXPECT_EQ(peer.PeerCertificate(), names().leaf.der());
    heard.Put(peer.ReadExactly(5));
  });
  v1::StreamPairSpec spec = HeldTo(target.port());
  v1::SslSettings& settings = *spec.add_properties()->mutable_ssl_settings();
  settings.set_is_server(true);
  settings.mutable_identity()->set_pem(absl::StrCat(names().leaf.pem(), names().leaf.key_pem()));
  const std::string name = Make(spec);
  ASSERT_THAT(OpenReady(name), IsOk());
  EXPECT_THAT(calls().Write(name, {"hello"}, /*finish=*/false).status, IsOk());
  EXPECT_EQ(heard.Take(), "hello");
  // "The certificates key must contain a valid value."
  EXPECT_EQ(FailureOf(With(HeldTo(target.port()), "ssl_settings { is_server: true }")),
            "SSL/0/-9848");
}

TEST_F(Security, PeerCertificatesAndTrust) {
  TcpTarget target([&](TargetConnection& connection) {
    TlsPeer peer(connection, names().leaf);
    connection.ReadToEnd();  // Until the pair goes, or the target.
  });
  const std::string name = Make(With(HeldTo(target.port()), "ssl_settings {}"));
  EXPECT_EQ(Read(name, v1::PROPERTY_KEY_SSL_PEER_CERTIFICATES), "absent");
  EXPECT_EQ(Read(name, v1::PROPERTY_KEY_SSL_PEER_TRUST), "absent");
  ASSERT_THAT(OpenReady(name), IsOk());
  EXPECT_THAT(ReadValue(name, v1::PROPERTY_KEY_SSL_PEER_CERTIFICATES)
                  .ssl_peer_certificates()
                  .certificates(),
              ::testing::ElementsAre(names().leaf.der()));
  const v1::SslPeerTrust trust = ReadValue(name, v1::PROPERTY_KEY_SSL_PEER_TRUST).ssl_peer_trust();
  EXPECT_TRUE(trust.trusted());
  EXPECT_EQ(trust.verified_name(), "127.0.0.1");
  EXPECT_THAT(trust.verified_chain(),
              ::testing::ElementsAre(names().leaf.der(), names().root.der()));
  for (const char* set : {"ssl_peer_certificates {}", "ssl_peer_trust {}"}) {
    EXPECT_EQ(Triple(Set(name, set)), "STREAMPAIR/0/3") << set;
  }
}

TEST_F(Security, AContextWinsOverTheSettingsBeforeIt) {
  const std::string name = Make(HeldTo(443, "good.test"));
  ASSERT_THAT(Set(name, "ssl_settings { peer_name_value: \"other.test\" }"), IsOk());
  // One was made of the settings, and can be copied and configured.
  v1::SslContext context = ReadValue(name, v1::PROPERTY_KEY_SSL_CONTEXT).ssl_context();
  EXPECT_EQ(context.settings().peer_name_value(), "other.test");
  ASSERT_THAT(Set(name, "ssl_context { alpn_protocols: \"h2\" }"), IsOk());
  context = ReadValue(name, v1::PROPERTY_KEY_SSL_CONTEXT).ssl_context();
  EXPECT_THAT(context.alpn_protocols(), ::testing::ElementsAre("h2"));
  EXPECT_EQ(context.settings().peer_name_case(), v1::SslSettings::PEER_NAME_NOT_SET);
}

TEST_F(Security, AContextOnAnOpenPairStartsTheHandshake) {
  TcpTarget target([&](TargetConnection& connection) {
    EXPECT_EQ(connection.ReadExactly(8), "STARTTLS");
    TlsPeer peer(connection, names().leaf);
    if (peer.ok()) peer.Write(peer.ReadExactly(6));
    connection.ReadToEnd();
  });
  const std::string name = Make(HeldTo(target.port()));
  ASSERT_THAT(calls().Write(name, {"STARTTLS"}, /*finish=*/false).status, IsOk());
  ASSERT_THAT(Set(name, "ssl_context {}"), IsOk());
  ExpectEcho(name, "secret");
  // "After the initial handshake, changing the context object is unsupported."
  EXPECT_EQ(Triple(Set(name, "ssl_context {}")), "STREAMPAIR/0/7");
}

TEST_F(Security, FailuresAreOfTheSslDomain) {
  TcpTarget drops([](TargetConnection& connection) { connection.ReadSome(); });
  EXPECT_EQ(FailureOf(With(HeldTo(drops.port()), "ssl_settings {}")), "SSL/0/-9806");
  TcpTarget no_tls([](TargetConnection& connection) {
    connection.ReadSome();
    connection.Write("220 mail.example ready\r\n");
    connection.ReadToEnd();
  });
  EXPECT_EQ(FailureOf(With(HeldTo(no_tls.port()), "ssl_settings {}")), "SSL/0/-9800");
  const v1::ExplainErrorResponse explained = Explain(v1::ERROR_DOMAIN_SSL, 0, -9843);
  EXPECT_EQ(explained.domain_name(), "kCFStreamErrorDomainSSL");
  EXPECT_EQ(explained.symbol(), "errSSLHostNameMismatch");
}

}  // namespace
}  // namespace streampair::testing
