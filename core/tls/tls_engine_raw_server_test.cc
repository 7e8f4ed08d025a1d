// The engine against BoringSSL's own server, driven by hand: what the server sends beside bytes.
#include <openssl/ssl.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "core/testing/certificate_maker.h"
#include "core/tls/tls_engine.h"
#include "core/tls/tls_engine_test_util.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

using TlsEngineRawServerTest = TlsEngineTest;

// BoringSSL's own server in memory, for what the engine as a server does not do.
class RawServer {
 public:
  explicit RawServer(const TestIdentity& identity) : context_(SSL_CTX_new(TLS_method())) {
    SSL_CTX_use_certificate(context_.get(), identity.certificate.get());
    SSL_CTX_use_PrivateKey(context_.get(), identity.key.get());
  }

  SSL_CTX* context() { return context_.get(); }
  SSL* ssl() { return ssl_.get(); }

  void Accept() {
    ssl_.reset(SSL_new(context_.get()));
    in_ = BIO_new(BIO_s_mem());
    out_ = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl_.get(), in_, out_);
    SSL_set_accept_state(ssl_.get());
  }

  // Carries what waits in both directions.
  void Exchange(TlsEngine& client) {
    BIO_write(in_, client.output().data(), static_cast<int>(client.output().size()));
    client.DropOutput(client.output().size());
    SSL_do_handshake(ssl_.get());
    const uint8_t* data = nullptr;
    size_t size = 0;
    BIO_mem_contents(out_, &data, &size);
    client.Receive({reinterpret_cast<const char*>(data), size});
    BIO_reset(out_);
  }

  std::string Read() {
    char room[100];
    const int got = SSL_read(ssl_.get(), room, sizeof(room));
    return std::string(room, static_cast<size_t>(got > 0 ? got : 0));
  }

 private:
  const bssl::UniquePtr<SSL_CTX> context_;
  bssl::UniquePtr<SSL> ssl_;
  BIO* in_ = nullptr;
  BIO* out_ = nullptr;
};

TEST_F(TlsEngineRawServerTest, HandsOnTheStapleAndTheTimestampsAsReceived) {
  const std::string staple = "not looked at by anybody here";
  // A list of one timestamp, with its lengths: the form is checked, the contents are not.
  const std::string timestamps("\x00\x06\x00\x04take", 8);
  for (const TlsVersion version : {TlsVersion::k1_2, TlsVersion::k1_3}) {
    RawServer server(Leaf());
    SSL_CTX_set_ocsp_response(server.context(), reinterpret_cast<const uint8_t*>(staple.data()),
                              staple.size());
    ASSERT_EQ(SSL_CTX_set_signed_cert_timestamp_list(
                  server.context(), reinterpret_cast<const uint8_t*>(timestamps.data()),
                  timestamps.size()),
              1);
    server.Accept();
    TlsConfig config;
    config.max_version = version;
    client_ = Engine(config);
    client_->Start();
    for (int i = 0; i < 3; ++i) server.Exchange(*client_);
    ASSERT_EQ(client_->state(), TlsEngine::State::kOpen);
    EXPECT_EQ(client_->facts().report->ocsp_response, staple);
    EXPECT_EQ(client_->facts().report->signed_certificate_timestamps, timestamps);
  }
}

TEST_F(TlsEngineRawServerTest, FollowsKeyUpdatesAndAnswersThem) {
  RawServer server(Leaf());
  server.Accept();
  client_ = Engine({});
  client_->Start();
  for (int i = 0; i < 3; ++i) server.Exchange(*client_);
  ASSERT_EQ(client_->state(), TlsEngine::State::kOpen);
  for (int round = 0; round < 100; ++round) {
    const std::string words = absl::StrCat("round ", round);
    ASSERT_EQ(SSL_key_update(server.ssl(), SSL_KEY_UPDATE_REQUESTED), 1);
    SSL_write(server.ssl(), words.data(), static_cast<int>(words.size()));
    server.Exchange(*client_);
    ASSERT_EQ(ReadAll(*client_), words);
    client_->Write(words);
    server.Exchange(*client_);
    ASSERT_EQ(server.Read(), words);
  }
}

TEST_F(TlsEngineRawServerTest, KeyUpdatesWithoutDataAreBounded) {
  RawServer server(Leaf());
  server.Accept();
  client_ = Engine({});
  client_->Start();
  for (int i = 0; i < 3; ++i) server.Exchange(*client_);
  TlsEngine::ReadOutcome outcome = TlsEngine::ReadOutcome::kNeedInput;
  int rounds = 0;
  for (; rounds < 1000 && outcome == TlsEngine::ReadOutcome::kNeedInput; ++rounds) {
    SSL_key_update(server.ssl(), SSL_KEY_UPDATE_NOT_REQUESTED);
    SSL_write(server.ssl(), "", 0);  // Sends it, and nothing else.
    server.Exchange(*client_);
    EXPECT_EQ(ReadAll(*client_, &outcome), "");
  }
  EXPECT_EQ(outcome, TlsEngine::ReadOutcome::kFailed);
  EXPECT_GT(rounds, 10) << "some are harmless";
  EXPECT_LT(rounds, 100);
}

}  // namespace
}  // namespace streampair
