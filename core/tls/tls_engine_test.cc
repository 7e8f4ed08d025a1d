// Two engines, or an engine and a script, back to back in memory.
#include "core/tls/tls_engine.h"

#include <openssl/ssl.h>

#include <functional>

#include "absl/strings/str_cat.h"
#include "core/base/streampair_errors.h"
#include "core/testing/certificate_maker.h"
#include "core/testing/fake_clock.h"
#include "core/tls/tls_engine_test_util.h"
#include "core/tls/tls_handshake.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

TEST_F(TlsEngineTest, CarriesBytesBothWays) {
  Make({}, ServerConfig());
  Shake();
  ASSERT_EQ(client_->state(), TlsEngine::State::kOpen) << client_->error().ToString();
  ASSERT_EQ(server_->state(), TlsEngine::State::kOpen);
  EXPECT_EQ(client_->Write("ping"), 4u);
  EXPECT_EQ(server_->Write("pong"), 4u);
  Shake();
  EXPECT_EQ(ReadAll(*server_), "ping");
  EXPECT_EQ(ReadAll(*client_), "pong");
  const TlsReport& report = *client_->facts().report;
  EXPECT_EQ(report.version, TlsVersion::k1_3);
  EXPECT_EQ(report.group, "X25519");
  EXPECT_EQ(report.signature_algorithm, "ecdsa_secp256r1_sha256");
  EXPECT_FALSE(report.resumed);
  EXPECT_EQ(report.complete_time, clock_.WallNow());
  EXPECT_TRUE(client_->facts().trust->trusted());
  EXPECT_EQ(client_->facts().trust->verified_name, "host.test");
  EXPECT_FALSE(server_->facts().trust.has_value());
}

TEST_F(TlsEngineTest, OneByteAtATimeInEveryVersionAndWithEveryKey) {
  for (const TlsVersion version :
       {TlsVersion::k1_0, TlsVersion::k1_1, TlsVersion::k1_2, TlsVersion::k1_3}) {
    for (const TestKey key : {TestKey::kEcdsa, TestKey::kRsa2048, TestKey::kEd25519}) {
      if (key == TestKey::kEd25519 && version < TlsVersion::k1_2) continue;
      SCOPED_TRACE(absl::StrCat(static_cast<int>(version), " ", static_cast<int>(key)));
      TlsConfig client;
      client.min_version = client.max_version = version;
      TlsConfig server = ServerConfig(key);
      server.min_version = TlsVersion::k1_0;
      Make(client, server);
      Shake(1);
      ASSERT_EQ(client_->state(), TlsEngine::State::kOpen) << client_->error().ToString();
      EXPECT_EQ(client_->facts().report->version, version);
      EXPECT_FALSE(client_->facts().report->cipher_suite.empty());
      EXPECT_EQ(client_->Write("x"), 1u);
      Shake(1);
      EXPECT_EQ(ReadAll(*server_), "x");
    }
  }
}

TEST_F(TlsEngineTest, LargeDataInRecords) {
  Make({}, ServerConfig());
  Shake();
  std::string data;
  for (int i = 0; i < 300'000; ++i) data.push_back(static_cast<char>(i * 7));
  absl::string_view left = data;
  std::string got;
  while (!left.empty()) {
    left.remove_prefix(client_->Write(left.substr(0, 100'000)));
    Shake(777);
    got += ReadAll(*server_);
  }
  EXPECT_EQ(got, data);
}

TEST_F(TlsEngineTest, KeepsWhatAReadDidNotTake) {
  Make({}, ServerConfig());
  Shake();
  client_->Write("first");
  client_->Write("second");
  char buffer[3];
  absl::string_view fresh = client_->output();
  const TlsEngine::ReadResult result = server_->Read(absl::MakeSpan(buffer), fresh);
  EXPECT_EQ(std::string(buffer, result.bytes), "fir");
  EXPECT_LT(fresh.size(), client_->output().size());
  server_->Keep(fresh);
  EXPECT_EQ(server_->Peek(), TlsEngine::ReadOutcome::kOk);
  EXPECT_EQ(ReadAll(*server_), "stsecond");
  EXPECT_EQ(server_->Peek(), TlsEngine::ReadOutcome::kNeedInput);
}

TEST_F(TlsEngineTest, LevelsBecomeVersions) {
  TlsConfig server = ServerConfig();
  server.min_version = TlsVersion::k1_0;
  TlsConfig client;
  client.settings.level = TlsLevel::kTlsV1;
  Make(client, server);
  Shake();
  EXPECT_EQ(client_->facts().report->version, TlsVersion::k1_0);

  // The floor of a negotiated level is TLS 1.2: a server below it is refused.
  server.max_version = TlsVersion::k1_1;
  Make({}, server);
  Shake();
  EXPECT_EQ(CodeOf(*server_), -9801);
  EXPECT_EQ(CodeOf(*client_), -9836);

  // A server that picks an older version than was offered.
  for (const TlsLevel level : {TlsLevel::kSslV2, TlsLevel::kSslV3}) {
    client.settings.level = level;
    Make(client, ServerConfig());
    EXPECT_EQ(CodeOf(*client_), -9801);
    EXPECT_EQ(client_->output(), "") << "nothing is sent";
  }
}

TEST_F(TlsEngineTest, RefusesABadCertificateAndSaysSoToThePeer) {
  client_ = Engine({}, "other.test");
  server_ = Engine(ServerConfig());
  client_->Start();
  server_->Start();
  Shake();
  EXPECT_EQ(CodeOf(*client_), -9843);
  EXPECT_EQ(CodeOf(*server_), -9829);  // certificate_unknown
  ASSERT_TRUE(client_->facts().trust.has_value());
  EXPECT_EQ(client_->facts().trust->sent.size(), 1u);
  EXPECT_FALSE(client_->facts().report.has_value());
}

TEST_F(TlsEngineTest, TheClockDecidesWhatHasExpired) {
  const TlsConfig server = ServerConfig();
  clock_.Advance(absl::Hours(2));
  Make({}, server);
  Shake();
  EXPECT_EQ(CodeOf(*client_), -9814);
  EXPECT_EQ(CodeOf(*server_), -9828);
  TlsConfig client;
  client.settings.allows_expired_certificates = true;
  Make(client, server);
  Shake();
  EXPECT_EQ(client_->state(), TlsEngine::State::kOpen);
  EXPECT_FALSE(client_->facts().trust->trusted());
}

TEST_F(TlsEngineTest, PeerNameRules) {
  TlsConfig client;
  client.settings.peer_name_rule = PeerNameRule::kGiven;
  client.settings.peer_name = "host.test";
  client_ = Engine(client, "192.0.2.1");
  server_ = Engine(ServerConfig());
  client_->Start();
  server_->Start();
  EXPECT_NE(client_->output().find("host.test"), absl::string_view::npos) << "SNI";
  Shake();
  EXPECT_EQ(client_->facts().trust->verified_name, "host.test");

  client.settings.peer_name_rule = PeerNameRule::kNone;
  client_ = Engine(client, "else.test");
  server_ = Engine(ServerConfig());
  client_->Start();
  server_->Start();
  EXPECT_NE(client_->output().find("else.test"), absl::string_view::npos) << "SNI";
  Shake();
  EXPECT_EQ(client_->state(), TlsEngine::State::kOpen);
  EXPECT_EQ(client_->facts().trust->verified_name, "");

  client.server_name = "";
  client_ = Engine(client, "else.test");
  client_->Start();
  EXPECT_EQ(client_->output().find("else.test"), absl::string_view::npos) << "no SNI";
}

TEST_F(TlsEngineTest, ClientCertificates) {
  TlsConfig server = ServerConfig();
  server.request_client_certificate = true;
  for (const TlsVersion version : {TlsVersion::k1_2, TlsVersion::k1_3}) {
    TlsConfig client;
    client.max_version = version;
    Make(client, server);
    Shake();
    EXPECT_EQ(CodeOf(*server_), -9863);
    // In TLS 1.3 the client is told after its handshake: at the first read.
    if (version == TlsVersion::k1_3) {
      TlsEngine::ReadOutcome outcome;
      ReadAll(*client_, &outcome);
      EXPECT_EQ(outcome, TlsEngine::ReadOutcome::kFailed);
      EXPECT_EQ(client_->error().stage(), Stage::kStream);
    }
    EXPECT_EQ(CodeOf(*client_), version == TlsVersion::k1_3 ? -9863 : -9824);
    client.settings.identity = Identity(Leaf(TestKey::kEcdsa, "clientAuth"));
    Make(client, server);
    Shake();
    EXPECT_EQ(server_->state(), TlsEngine::State::kOpen);
    EXPECT_EQ(server_->facts().trust->sent[0], client.settings.identity->certificates()[0]);
    client.settings.identity = Identity(Leaf(TestKey::kEcdsa, "serverAuth"));
    Make(client, server);
    Shake();
    EXPECT_EQ(CodeOf(*server_), -9807) << "the purpose is wrong";
  }
}

TEST_F(TlsEngineTest, AServerNeedsACertificate) {
  TlsConfig server;
  server.settings.is_server = true;
  Make({}, server);
  EXPECT_EQ(CodeOf(*server_), -9848);
}

TEST_F(TlsEngineTest, Alpn) {
  TlsConfig client;
  client.alpn_protocols = {"h2", "http/1.1"};
  TlsConfig server = ServerConfig();
  server.alpn_protocols = {"http/1.1"};
  Make(client, server);
  Shake();
  EXPECT_EQ(client_->facts().report->alpn_protocol, "http/1.1");
  EXPECT_EQ(server_->facts().report->alpn_protocol, "http/1.1");
  server.alpn_protocols = {"imap"};
  Make(client, server);
  Shake();
  EXPECT_EQ(CodeOf(*server_), -9801);
  EXPECT_EQ(CodeOf(*client_), -9802);  // Alert 120 has no number.
}

TEST_F(TlsEngineTest, SuitesGroupsAndSignatures) {
  TlsConfig client;
  client.max_version = TlsVersion::k1_2;
  client.cipher_suites = {"ECDHE-ECDSA-CHACHA20-POLY1305"};
  client.groups = {"P-384", "P-256"};  // The latter for the certificate.
  client.signature_algorithms = {"ecdsa_secp256r1_sha256"};
  TlsConfig server = ServerConfig();
  server.groups = client.groups;
  Make(client, server);
  Shake();
  ASSERT_EQ(client_->state(), TlsEngine::State::kOpen) << client_->error().ToString();
  EXPECT_EQ(client_->facts().report->cipher_suite, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256");
  EXPECT_EQ(client_->facts().report->group, "P-384");
  server.cipher_suites = {"ECDHE-ECDSA-AES256-GCM-SHA384"};
  Make(client, server);
  Shake();
  EXPECT_EQ(CodeOf(*server_), -9801);
  EXPECT_EQ(CodeOf(*client_), -9824);
}

TEST_F(TlsEngineTest, AServersOrderCountsAndItsDefaultSuitesAreModern) {
  TlsConfig client;
  client.max_version = TlsVersion::k1_2;
  client.cipher_suites = {"ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES256-GCM-SHA384"};
  TlsConfig server = ServerConfig();
  server.cipher_suites = {"ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"};
  Make(client, server);
  Shake();
  ASSERT_EQ(client_->state(), TlsEngine::State::kOpen) << client_->error().ToString();
  EXPECT_EQ(client_->facts().report->cipher_suite, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");

  client.cipher_suites = {"ECDHE-ECDSA-AES128-SHA"};  // CBC.
  Make(client, ServerConfig());
  Shake();
  EXPECT_EQ(CodeOf(*server_), -9801);
  TlsConfig chosen = ServerConfig();
  chosen.cipher_suites = client.cipher_suites;
  TlsConfig old = ServerConfig();
  old.min_version = TlsVersion::k1_0;
  for (const TlsConfig& each : {chosen, old}) {
    Make(client, each);
    Shake();
    ASSERT_EQ(client_->state(), TlsEngine::State::kOpen) << client_->error().ToString();
  }
}

TEST_F(TlsEngineTest, ResumesWithTheSameConfigurationOnly) {
  // One server context, because its ticket key is its own; the engine itself gives no tickets.
  const auto server_ctx = bssl::UniquePtr<SSL_CTX>(SSL_CTX_new(TLS_method()));
  const TestIdentity leaf = Leaf();
  SSL_CTX_use_certificate(server_ctx.get(), leaf.certificate.get());
  SSL_CTX_use_PrivateKey(server_ctx.get(), leaf.key.get());
  const auto resumed = [&](const TlsConfig& config) {
    client_ = Engine(config);
    client_->Start();
    bssl::UniquePtr<SSL> server(SSL_new(server_ctx.get()));
    BIO* in = BIO_new(BIO_s_mem());
    BIO* out = BIO_new(BIO_s_mem());
    SSL_set_bio(server.get(), in, out);
    SSL_set_accept_state(server.get());
    for (int i = 0; i < 4; ++i) {
      BIO_write(in, client_->output().data(), static_cast<int>(client_->output().size()));
      client_->DropOutput(client_->output().size());
      SSL_do_handshake(server.get());
      if (i == 3) SSL_write(server.get(), "x", 1);  // Tickets go with the first write.
      const uint8_t* data = nullptr;
      size_t size = 0;
      BIO_mem_contents(out, &data, &size);
      client_->Receive({reinterpret_cast<const char*>(data), size});
      BIO_reset(out);
    }
    EXPECT_EQ(client_->state(), TlsEngine::State::kOpen);
    EXPECT_EQ(ReadAll(*client_), "x");
    EXPECT_TRUE(client_->facts().trust.has_value()) << "verified anew if resumed";
    return client_->facts().report->resumed;
  };
  TlsConfig config;
  EXPECT_FALSE(resumed(config));
  EXPECT_FALSE(resumed(config)) << "not without being asked";
  config.session_resumption = true;
  EXPECT_FALSE(resumed(config));
  EXPECT_TRUE(resumed(config));
  EXPECT_TRUE(resumed(config)) << "the resumed connection brought a new ticket";
  TlsConfig lax = config;
  lax.settings.allows_any_root = true;
  EXPECT_FALSE(resumed(lax));
  EXPECT_TRUE(resumed(config)) << "the strict one's is still there";
  clock_.Advance(absl::Hours(2));
  client_ = Engine(config);
}

TEST_F(TlsEngineTest, KeyLogNeedsPermission) {
  TlsConfig client;
  client.key_log = true;
  EXPECT_EQ(Refused(client).id(), PolicyDenied("").id());
  surroundings_.permits_key_log = true;
  Make(client, ServerConfig());
  Shake();
  ASSERT_GE(client_->facts().report->key_log.size(), 4u);
  EXPECT_NE(client_->facts().report->key_log[0].find("SECRET"), std::string::npos);
  EXPECT_TRUE(server_->facts().report->key_log.empty());
}

TEST_F(TlsEngineTest, EndsAreToldApart) {
  Make({}, ServerConfig());
  Shake();
  server_->Write("last words");
  server_->Close();
  Shake();
  TlsEngine::ReadOutcome outcome;
  EXPECT_EQ(ReadAll(*client_, &outcome), "last words");
  EXPECT_EQ(outcome, TlsEngine::ReadOutcome::kClosed);
  EXPECT_EQ(client_->Write("still open this way"), 19u);
  EXPECT_EQ(server_->Write("x"), 0u) << "closed";
  Shake();
  EXPECT_EQ(ReadAll(*server_), "still open this way");

  Make({}, ServerConfig());
  Shake();
  server_->Write("last words");
  Shake();
  client_->ReceiveEnd();
  EXPECT_EQ(client_->Peek(), TlsEngine::ReadOutcome::kOk);
  EXPECT_EQ(ReadAll(*client_, &outcome), "last words");
  EXPECT_EQ(outcome, TlsEngine::ReadOutcome::kTruncated);
}

TEST_F(TlsEngineTest, BytesComeBeforeTheFailureAfterThem) {
  Make({}, ServerConfig());
  Shake();
  server_->Write("before");
  const std::string good(server_->output());
  server_->DropOutput(good.size());
  server_->Write("spoilt");
  std::string bad(server_->output());
  bad.back() = static_cast<char>(bad.back() ^ 1);
  client_->Receive(good + bad);
  TlsEngine::ReadOutcome outcome;
  EXPECT_EQ(ReadAll(*client_, &outcome), "before");
  EXPECT_EQ(outcome, TlsEngine::ReadOutcome::kFailed);
  EXPECT_EQ(client_->error().id().code, -9846);
  EXPECT_EQ(client_->error().stage(), Stage::kStream);
  EXPECT_FALSE(client_->output().empty()) << "the peer is told";
  EXPECT_EQ(client_->Write("x"), 0u);
}

TEST_F(TlsEngineTest, ThePeerDroppedAtEachHandshakeByteOnBothSides) {
  for (const TlsVersion version : {TlsVersion::k1_2, TlsVersion::k1_3}) {
    for (const bool is_server : {false, true}) {
      TlsConfig config;
      config.max_version = version;
      size_t total = SIZE_MAX;
      for (size_t cut = 0; cut < total; cut += 17) {
        Make(config, ServerConfig());
        TlsEngine& near = is_server ? *server_ : *client_;
        TlsEngine& far = is_server ? *client_ : *server_;
        size_t carried = 0;
        for (;;) {
          Carry(near, far, SIZE_MAX);
          const absl::string_view output = far.output().substr(0, cut - carried);
          if (output.empty()) break;
          carried += output.size();
          near.Receive(output);
          far.DropOutput(output.size());
        }
        if (near.state() == TlsEngine::State::kOpen) {
          total = cut;
          break;
        }
        near.ReceiveEnd();
        EXPECT_EQ(CodeOf(near), -9806) << cut;
        EXPECT_TRUE(near.error().retryable());
      }
      EXPECT_GT(total, 200u);
      EXPECT_LT(total, SIZE_MAX);
    }
  }
}

TEST_F(TlsEngineTest, APeerThatDoesNotSpeakTls) {
  for (const char* words : {"HTTP/1.1 400 Bad Request\r\n\r\n", "220 mail ESMTP ready\r\n"}) {
    client_ = Engine({});
    client_->Start();
    client_->Receive(words);
    EXPECT_EQ(CodeOf(*client_), -9800) << words;
  }
}

TEST_F(TlsEngineTest, RefusesWhatCannotBeHadWithAReason) {
  const auto text = [this](const std::function<void(TlsConfig&)>& bend) {
    TlsConfig config;
    bend(config);
    const Error error = Refused(config);
    EXPECT_EQ(error.id(), InvalidRequest("").id());
    return std::string(error.detail());
  };
  EXPECT_NE(text([](TlsConfig& c) {
              c.cipher_suites = {"TLS_AES_128_GCM_SHA256"};
            }).find("TLS 1.3 cannot be chosen"),
            std::string::npos);
  for (const char* suite : {"ALL", "HIGH", "ECDHE", "NULL-MD5", "", "A:B", "!RSA"})
    text([suite](TlsConfig& c) { c.cipher_suites = {suite}; });
  for (const char* group : {"X448", "", "X25519:P-256", "p-256"})
    text([group](TlsConfig& c) { c.groups = {group}; });
  text([](TlsConfig& c) { c.signature_algorithms = {"rsa_md5"}; });
  text([](TlsConfig& c) { c.signature_algorithms = {"ed25519", "ed25519"}; });
  text([](TlsConfig& c) { c.alpn_protocols = {""}; });
  text([](TlsConfig& c) { c.alpn_protocols = {std::string(256, 'x')}; });
  text([](TlsConfig& c) {
    c.min_version = TlsVersion::k1_3;
    c.max_version = TlsVersion::k1_2;
  });
  text([](TlsConfig& c) {
    c.settings.level = TlsLevel::kTlsV1;
    c.max_version = TlsVersion::k1_2;
  });
}

TEST_F(TlsEngineTest, IdentitiesAreCheckedWhenTheyAreMade) {
  const TestIdentity one = Leaf();
  const TestIdentity other = Leaf();
  EXPECT_FALSE(TlsIdentity::Make(one.der(), other.key_der(), {}).ok());
  EXPECT_FALSE(TlsIdentity::Make("x", one.key_der(), {}).ok());
  EXPECT_FALSE(TlsIdentity::Make(one.der(), "x", {}).ok());
  EXPECT_FALSE(TlsIdentity::Make(one.der(), one.key_der(), {"x"}).ok());
  EXPECT_FALSE(TlsIdentity::FromPem(one.pem(), {}).ok());
  EXPECT_FALSE(TlsIdentity::FromPem(one.key_pem(), {}).ok());
  EXPECT_FALSE(TlsIdentity::FromPem(std::string(100'000, 'x'), {}).ok());
  const auto good = TlsIdentity::FromPem(absl::StrCat(one.key_pem(), one.pem()), {root_.der()});
  ASSERT_TRUE(good.ok()) << good.error().ToString();
  EXPECT_EQ((*good)->certificates().size(), 2u);
  EXPECT_NE((*good)->digest(), Identity(one)->digest());
}

TEST_F(TlsEngineTest, TheHandshakesSideOfIt) {
  TlsHandshake client(Engine({}));
  client.Start();
  EXPECT_EQ(client.state(), Handshake::State::kRunning);
  EXPECT_FALSE(client.TakeOutput().empty());
  EXPECT_EQ(client.TakeOutput(), "");
  const Error late = client.TimeoutError("5s");
  EXPECT_EQ(late.id(), (ErrorId{ErrorDomain::kPosix, 0, ETIMEDOUT}));
  EXPECT_EQ(late.stage(), Stage::kTls);
  client.ReceiveError(ECONNRESET);
  EXPECT_EQ(client.state(), Handshake::State::kFailed);
  EXPECT_EQ(client.error().id().code, -9806);
}

}  // namespace
}  // namespace streampair
