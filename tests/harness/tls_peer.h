#ifndef STREAMPAIR_TESTS_HARNESS_TLS_PEER_H_
#define STREAMPAIR_TESTS_HARNESS_TLS_PEER_H_

#include <openssl/base.h>

#include <string>

#include "absl/strings/string_view.h"
#include "core/testing/certificate_maker.h"
#include "tests/harness/tcp_target.h"

namespace streampair::testing {

// A root and a certificate for localhost, valid now; made anew for each test.
struct TlsNames {
  TlsNames();
  TestIdentity root;
  TestIdentity leaf;    // For localhost, as a server.
  TestIdentity client;  // As a client.
};

// The target's side of TLS on a connection, in the test's own hands; its calls wait.
class TlsPeer {
 public:
  enum class Side { kServer, kClient };

  // Does the handshake; ok() says how it went.
  TlsPeer(TargetConnection& connection, const TestIdentity& identity, Side side = Side::kServer);

  bool ok() const { return ok_; }
  std::string ReadSome(size_t limit = 1 << 16);  // "" at the end.
  std::string ReadExactly(size_t size);
  bool Write(absl::string_view text);
  void CloseNotify();
  // The certificate that the other side sent, DER; "" if none.
  std::string PeerCertificate() const;
  SSL* ssl() { return ssl_.get(); }

 private:
  bssl::UniquePtr<SSL_CTX> context_;
  bssl::UniquePtr<SSL> ssl_;
  bool ok_ = false;
};

}  // namespace streampair::testing

#endif  // STREAMPAIR_TESTS_HARNESS_TLS_PEER_H_
