// BoringSSL (for pairs) and gRPC's hidden OpenSSL (for RPCs) work side by side in one process. If
// their symbols were mixed up, this would crash or fail a handshake.

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <openssl/base.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/ec_key.h>
#include <openssl/evp.h>
#include <openssl/nid.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <memory>
#include <string>

namespace {

struct Identity {
  bssl::UniquePtr<EVP_PKEY> key;
  bssl::UniquePtr<X509> certificate;
  std::string key_pem;
  std::string certificate_pem;
};

std::string Contents(BIO* bio) {
  const uint8_t* data = nullptr;
  size_t size = 0;
  EXPECT_EQ(BIO_mem_contents(bio, &data, &size), 1);
  return std::string(reinterpret_cast<const char*>(data), size);
}

// A self-signed certificate for "localhost", made by BoringSSL.
Identity MakeIdentity() {
  Identity identity;
  bssl::UniquePtr<EC_KEY> ec(EC_KEY_new_by_curve_name(NID_X9_62_prime256v1));
  EXPECT_EQ(EC_KEY_generate_key(ec.get()), 1);
  identity.key.reset(EVP_PKEY_new());
  EXPECT_EQ(EVP_PKEY_set1_EC_KEY(identity.key.get(), ec.get()), 1);

  identity.certificate.reset(X509_new());
  X509* x509 = identity.certificate.get();
  EXPECT_EQ(X509_set_version(x509, 2), 1);
  EXPECT_EQ(ASN1_INTEGER_set(X509_get_serialNumber(x509), 1), 1);
  EXPECT_NE(X509_gmtime_adj(X509_getm_notBefore(x509), -3600), nullptr);
  EXPECT_NE(X509_gmtime_adj(X509_getm_notAfter(x509), 3600), nullptr);
  X509_NAME* name = X509_get_subject_name(x509);
  EXPECT_EQ(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                       reinterpret_cast<const uint8_t*>("localhost"), -1, -1, 0),
            1);
  EXPECT_EQ(X509_set_issuer_name(x509, name), 1);
  bssl::UniquePtr<X509_EXTENSION> alternative(
      X509V3_EXT_nconf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost"));
  EXPECT_NE(alternative, nullptr);
  EXPECT_EQ(X509_add_ext(x509, alternative.get(), -1), 1);
  EXPECT_EQ(X509_set_pubkey(x509, identity.key.get()), 1);
  EXPECT_GT(X509_sign(x509, identity.key.get(), EVP_sha256()), 0);

  bssl::UniquePtr<BIO> bio(BIO_new(BIO_s_mem()));
  EXPECT_EQ(PEM_write_bio_X509(bio.get(), x509), 1);
  identity.certificate_pem = Contents(bio.get());
  bio.reset(BIO_new(BIO_s_mem()));
  EXPECT_EQ(PEM_write_bio_PrivateKey(bio.get(), identity.key.get(), nullptr, nullptr, 0, nullptr,
                                     nullptr),
            1);
  identity.key_pem = Contents(bio.get());
  return identity;
}

// One TLS 1.3 handshake of BoringSSL with itself, through memory.
void HandshakeInMemory(const Identity& identity) {
  bssl::UniquePtr<SSL_CTX> context(SSL_CTX_new(TLS_method()));
  ASSERT_EQ(SSL_CTX_use_certificate(context.get(), identity.certificate.get()), 1);
  ASSERT_EQ(SSL_CTX_use_PrivateKey(context.get(), identity.key.get()), 1);
  bssl::UniquePtr<SSL> client(SSL_new(context.get()));
  bssl::UniquePtr<SSL> server(SSL_new(context.get()));
  SSL_set_connect_state(client.get());
  SSL_set_accept_state(server.get());
  BIO* client_end = nullptr;
  BIO* server_end = nullptr;
  ASSERT_EQ(BIO_new_bio_pair(&client_end, 0, &server_end, 0), 1);
  SSL_set_bio(client.get(), client_end, client_end);
  SSL_set_bio(server.get(), server_end, server_end);
  bool done = false;
  for (int round = 0; round < 10 && !done; ++round) {
    const bool client_done = SSL_do_handshake(client.get()) == 1;
    const bool server_done = SSL_do_handshake(server.get()) == 1;
    done = client_done && server_done;
  }
  ASSERT_TRUE(done);
  EXPECT_STREQ(SSL_get_version(client.get()), "TLSv1.3");
}

// A connection over gRPC's own TLS.
void ConnectOverTls(const Identity& identity) {
  grpc::SslServerCredentialsOptions server_options;
  server_options.pem_key_cert_pairs.push_back({identity.key_pem, identity.certificate_pem});
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(server_options), &port);
  std::unique_ptr<grpc::ServerCompletionQueue> queue = builder.AddCompletionQueue();
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  ASSERT_NE(server, nullptr);

  grpc::SslCredentialsOptions client_options;
  client_options.pem_root_certs = identity.certificate_pem;
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride("localhost");
  const std::shared_ptr<grpc::Channel> channel = grpc::CreateCustomChannel(
      "127.0.0.1:" + std::to_string(port), grpc::SslCredentials(client_options), arguments);
  EXPECT_TRUE(
      channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(20)));
  server->Shutdown();
  queue->Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue->Next(&tag, &ok)) {
  }
}

TEST(TwoTlsLibraries, OursIsBoringSsl) {
  EXPECT_STREQ(OpenSSL_version(OPENSSL_VERSION), "BoringSSL");
  EXPECT_GE(BORINGSSL_API_VERSION, 17);
}

TEST(TwoTlsLibraries, ShakeHandsInTurnInOneProcess) {
  const Identity identity = MakeIdentity();
  HandshakeInMemory(identity);
  ConnectOverTls(identity);
  HandshakeInMemory(identity);
}

}  // namespace
