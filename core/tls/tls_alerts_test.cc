// Alerts in both directions: each that a peer can send has its number, in the handshake and after
// it, and each failure here tells the peer the right one.
#include <openssl/ssl.h>

#include <functional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "core/testing/certificate_maker.h"
#include "core/tls/tls_engine.h"
#include "core/tls/tls_engine_test_util.h"
#include "core/tls/tls_failure.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

using TlsAlertsTest = TlsEngineTest;

constexpr int kCloseNotify = 0;

std::string AlertRecord(int alert) {
  return std::string("\x15\x03\x03\x00\x02\x02", 6) + static_cast<char>(alert);
}

TEST_F(TlsAlertsTest, EachInTheHandshakeOnBothSides) {
  for (int alert = kCloseNotify + 1; alert < 256; ++alert) {
    SCOPED_TRACE(alert);
    Make({}, ServerConfig());
    for (TlsEngine* engine : {client_.get(), server_.get()}) {
      engine->Receive(AlertRecord(alert));
      EXPECT_EQ(CodeOf(*engine), static_cast<int>(CodeForAlert(static_cast<uint8_t>(alert))));
      EXPECT_EQ(engine->error().stage(), Stage::kTls);
    }
  }
  for (const char level : {1, 2}) {
    Make({}, ServerConfig());
    const std::string close_notify =
        std::string("\x15\x03\x03\x00\x02", 5) + level + static_cast<char>(kCloseNotify);
    for (TlsEngine* engine : {client_.get(), server_.get()}) {
      engine->Receive(close_notify);
      EXPECT_EQ(CodeOf(*engine), -9806) << "close_notify of level " << int{level};
    }
  }
}

TEST_F(TlsAlertsTest, EachOnAnOpenConnectionBehindItsData) {
  bssl::UniquePtr<SSL_CTX> context(SSL_CTX_new(TLS_method()));
  const TestIdentity leaf = Leaf();
  SSL_CTX_use_certificate(context.get(), leaf.certificate.get());
  SSL_CTX_use_PrivateKey(context.get(), leaf.key.get());
  for (const TlsVersion version : {TlsVersion::k1_2, TlsVersion::k1_3}) {
    for (int alert = kCloseNotify + 1; alert < 256; ++alert) {
      SCOPED_TRACE(absl::StrCat("version ", static_cast<int>(version), " alert ", alert));
      const bssl::UniquePtr<SSL> server(SSL_new(context.get()));
      BIO* in = BIO_new(BIO_s_mem());
      BIO* out = BIO_new(BIO_s_mem());
      SSL_set_bio(server.get(), in, out);
      SSL_set_accept_state(server.get());
      const auto exchange = [&] {
        BIO_write(in, client_->output().data(), static_cast<int>(client_->output().size()));
        client_->DropOutput(client_->output().size());
        SSL_do_handshake(server.get());
        const uint8_t* data = nullptr;
        size_t size = 0;
        BIO_mem_contents(out, &data, &size);
        client_->Receive({reinterpret_cast<const char*>(data), size});
        BIO_reset(out);
      };
      TlsConfig config;
      config.max_version = version;
      client_ = Engine(config);
      client_->Start();
      for (int i = 0; i < 3; ++i) exchange();
      ASSERT_EQ(client_->state(), TlsEngine::State::kOpen);
      SSL_write(server.get(), "words", 5);
      SSL_send_fatal_alert(server.get(), static_cast<uint8_t>(alert));
      exchange();
      EXPECT_EQ(ReadAll(*client_), "words");
      EXPECT_EQ(CodeOf(*client_), static_cast<int>(CodeForAlert(static_cast<uint8_t>(alert))));
      EXPECT_EQ(client_->error().stage(), Stage::kStream);
    }
  }
}

// Who fails, with which number, and which number the other side has for the alert it gets.
struct Failure {
  const char* what;
  std::function<void(TlsConfig& client, TlsConfig& server)> spoil;
  std::string host = "host.test";
  bool client_fails = true;
  int here;
  int there;
};

TEST_F(TlsAlertsTest, ThePeerGetsTheRightOne) {
  const auto leaf = [this](const std::function<void(CertificateSpec&)>& change) {
    CertificateSpec spec{.subject = "leaf",
                         .not_before = clock_.WallNow() - absl::Hours(2),
                         .not_after = clock_.WallNow() + absl::Hours(2),
                         .names = "DNS:host.test",
                         .purpose = "serverAuth"};
    change(spec);
    return Identity(MakeCertificate(spec, &root_));
  };
  const auto nobody = [](TlsConfig&, TlsConfig&) {};
  const Failure failures[] = {
      {.what = "certificate_expired",
       .spoil =
           [&](TlsConfig&, TlsConfig& server) {
             server.settings.identity = leaf([this](CertificateSpec& spec) {
               spec.not_after = clock_.WallNow() - absl::Hours(1);
             });
           },
       .here = -9814,
       .there = -9828},
      {.what = "certificate_expired, before its time",
       .spoil =
           [&](TlsConfig&, TlsConfig& server) {
             server.settings.identity = leaf([this](CertificateSpec& spec) {
               spec.not_before = clock_.WallNow() + absl::Hours(1);
             });
           },
       .here = -9815,
       .there = -9828},
      {.what = "unknown_ca",
       .spoil = [&](TlsConfig& client, TlsConfig&) { client.trust_roots = {Leaf().der()}; },
       .here = -9813,
       .there = -9831},
      {.what = "certificate_unknown",
       .spoil = nobody,
       .host = "x.test",
       .here = -9843,
       .there = -9829},
      {.what = "bad_certificate",
       .spoil =
           [&](TlsConfig&, TlsConfig& server) {
             server.settings.identity =
                 leaf([](CertificateSpec& spec) { spec.purpose = "clientAuth"; });
           },
       .here = -9807,
       .there = -9825},
      {.what = "protocol_version",
       .spoil =
           [](TlsConfig& client, TlsConfig& server) {
             client.max_version = TlsVersion::k1_2;
             server.min_version = TlsVersion::k1_3;
           },
       .client_fails = false,
       .here = -9801,
       .there = -9836},
      {.what = "handshake_failure",
       .spoil =
           [](TlsConfig& client, TlsConfig& server) {
             client.max_version = TlsVersion::k1_2;
             client.cipher_suites = {"ECDHE-RSA-AES128-GCM-SHA256"};
             server.cipher_suites = {"ECDHE-ECDSA-AES128-GCM-SHA256"};
           },
       .client_fails = false,
       .here = -9801,
       .there = -9824},
      {.what = "no_application_protocol",
       .spoil =
           [](TlsConfig& client, TlsConfig& server) {
             client.alpn_protocols = {"a"};
             server.alpn_protocols = {"b"};
           },
       .client_fails = false,
       .here = -9801,
       .there = -9802},
  };
  for (const Failure& failure : failures) {
    SCOPED_TRACE(failure.what);
    TlsConfig client;
    TlsConfig server = ServerConfig();
    failure.spoil(client, server);
    client_ = Engine(client, failure.host);
    server_ = Engine(server);
    client_->Start();
    server_->Start();
    Shake();
    const TlsEngine& here = failure.client_fails ? *client_ : *server_;
    TlsEngine& there = failure.client_fails ? *server_ : *client_;
    EXPECT_EQ(CodeOf(here), failure.here);
    // One side may have been done before the other refused.
    if (there.state() == TlsEngine::State::kOpen) ReadAll(there);
    EXPECT_EQ(CodeOf(there), failure.there);
  }
}

TEST_F(TlsAlertsTest, AClientWithoutACertificateIsToldSo) {
  for (const TlsVersion version : {TlsVersion::k1_2, TlsVersion::k1_3}) {
    TlsConfig client;
    client.max_version = version;
    TlsConfig server = ServerConfig();
    server.request_client_certificate = true;
    Make(client, server);
    Shake();
    EXPECT_EQ(CodeOf(*server_), -9863);
    if (client_->state() == TlsEngine::State::kOpen) ReadAll(*client_);
    // TLS 1.2 has no alert of its own for it.
    EXPECT_EQ(CodeOf(*client_), version == TlsVersion::k1_2 ? -9824 : -9863);
  }
}

TEST_F(TlsAlertsTest, ARecordThatIsNotThePeersIsToldSo) {
  Make({}, ServerConfig());
  Shake();
  server_->Receive(std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x'));
  ReadAll(*server_);
  EXPECT_EQ(CodeOf(*server_), -9846);
  Shake();
  ReadAll(*client_);
  EXPECT_EQ(CodeOf(*client_), -9820);
}

}  // namespace
}  // namespace streampair
