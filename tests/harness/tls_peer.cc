#include "tests/harness/tls_peer.h"

#include <fcntl.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "absl/time/clock.h"

namespace streampair::testing {

TlsNames::TlsNames() {
  const absl::Time now = absl::Now();
  CertificateSpec spec{.subject = "root",
                       .not_before = now - absl::Hours(1),
                       .not_after = now + absl::Hours(24),
                       .is_ca = true};
  root = MakeCertificate(spec, nullptr);
  spec.is_ca = false;
  spec.subject = "leaf";
  spec.names = "DNS:localhost,IP:127.0.0.1";
  spec.purpose = "serverAuth";
  leaf = MakeCertificate(spec, &root);
  spec.subject = "client";
  spec.purpose = "clientAuth";
  client = MakeCertificate(spec, &root);
}

TlsPeer::TlsPeer(TargetConnection& connection, const TestIdentity& identity, Side side)
    : context_(SSL_CTX_new(TLS_method())) {
  SSL_CTX_use_certificate(context_.get(), identity.certificate.get());
  SSL_CTX_use_PrivateKey(context_.get(), identity.key.get());
  // Takes any certificate, if one is sent.
  SSL_CTX_set_custom_verify(
      context_.get(), SSL_VERIFY_PEER, +[](SSL*, uint8_t*) { return ssl_verify_ok; });
  ssl_.reset(SSL_new(context_.get()));
  const int fd = connection.descriptor();
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  SSL_set_fd(ssl_.get(), fd);
  ok_ = (side == Side::kServer ? SSL_accept(ssl_.get()) : SSL_connect(ssl_.get())) == 1;
}

std::string TlsPeer::ReadSome(size_t limit) {
  std::string text(limit, '\0');
  const int got = SSL_read(ssl_.get(), text.data(), static_cast<int>(limit));
  text.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return text;
}

std::string TlsPeer::ReadExactly(size_t size) {
  std::string text;
  while (text.size() < size) {
    const std::string more = ReadSome(size - text.size());
    if (more.empty()) break;
    text += more;
  }
  return text;
}

bool TlsPeer::Write(absl::string_view text) {
  return SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())) ==
         static_cast<int>(text.size());
}

void TlsPeer::CloseNotify() { SSL_shutdown(ssl_.get()); }

std::string TlsPeer::PeerCertificate() const {
  const bssl::UniquePtr<X509> certificate(SSL_get_peer_certificate(ssl_.get()));
  if (certificate == nullptr) return "";
  TestIdentity identity;
  identity.certificate = bssl::UpRef(certificate);
  return identity.der();
}

}  // namespace streampair::testing
