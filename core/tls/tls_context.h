#ifndef STREAMPAIR_CORE_TLS_TLS_CONTEXT_H_
#define STREAMPAIR_CORE_TLS_TLS_CONTEXT_H_

#include <openssl/base.h>

#include <memory>
#include <string>

#include "core/base/result.h"
#include "core/tls/session_cache.h"
#include "core/tls/tls_config.h"
#include "core/tls/trust_roots.h"

namespace streampair {

// A configuration that was checked as a whole and made ready for BoringSSL. Whoever has one knows
// that nothing in it will be refused later: a set builds this first and only then replaces the old
// one. Immutable, thread-safe.
class TlsContext {
 public:
  // What all contexts of a server share; must outlive them.
  struct Surroundings {
    std::shared_ptr<const TrustRoots> system_roots;
    SessionCache* sessions = nullptr;  // Null: nothing is ever resumed.
    bool permits_key_log = false;
  };

  // Fails with InvalidRequest, saying what cannot be had and why, or with PolicyDenied for a key
  // log without the operator's permission.
  static Result<std::shared_ptr<const TlsContext>> Make(TlsConfig config,
                                                        const Surroundings& surroundings);
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext();

  const TlsConfig& config() const { return config_; }
  const std::string& digest() const { return digest_; }
  const TrustRoots& roots() const { return *roots_; }
  SessionCache* sessions() const { return config_.session_resumption ? sessions_ : nullptr; }

  // False: level kNone, there is no TLS.
  bool secures() const { return config_.settings.level != TlsLevel::kNone; }

  // Null for the levels that BoringSSL cannot speak; the handshake then fails without a byte sent.
  SSL_CTX* ssl_ctx() const { return ssl_ctx_.get(); }

 private:
  TlsContext(TlsConfig config, const Surroundings& surroundings);
  Result<void> Build();
  Result<void> BuildVersions();
  Result<void> BuildAlgorithms();
  Result<void> BuildIdentity();
  Result<void> BuildAlpn();

  const TlsConfig config_;
  const std::string digest_;
  std::shared_ptr<const TrustRoots> roots_;
  SessionCache* const sessions_;
  bssl::UniquePtr<SSL_CTX> ssl_ctx_;
  std::string alpn_wire_;  // As in the extension.
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TLS_TLS_CONTEXT_H_
