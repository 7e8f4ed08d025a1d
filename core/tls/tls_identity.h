#ifndef STREAMPAIR_CORE_TLS_TLS_IDENTITY_H_
#define STREAMPAIR_CORE_TLS_TLS_IDENTITY_H_

#include <openssl/base.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/base/result.h"

namespace streampair {

// A certificate with its private key and the certificates that go with it. The key can be used and
// never be read again. Immutable, thread-safe.
class TlsIdentity {
 public:
  static constexpr size_t kMaxChain = 16;

  // From one PEM that holds the key and, leaf first, the certificates. `more_chain`: DER.
  static Result<std::shared_ptr<const TlsIdentity>> FromPem(absl::string_view pem,
                                                            std::vector<std::string> more_chain);

  // `certificate` is DER and `key` PKCS#8, PKCS#1 or SEC1 as DER. Fails with InvalidRequest if they
  // do not belong together or cannot be used.
  static Result<std::shared_ptr<const TlsIdentity>> Make(absl::string_view certificate,
                                                         absl::string_view key,
                                                         std::vector<std::string> chain);

  ~TlsIdentity();

  // The leaf and then the chain, DER.
  const std::vector<std::string>& certificates() const { return certificates_; }

  // For TlsContext.
  EVP_PKEY* key() const { return key_.get(); }

  // A hash of all of it.
  const std::string& digest() const { return digest_; }

 private:
  TlsIdentity(std::vector<std::string> certificates, bssl::UniquePtr<EVP_PKEY> key);
  static Result<std::shared_ptr<const TlsIdentity>> Checked(std::vector<std::string> certificates,
                                                            bssl::UniquePtr<EVP_PKEY> key);

  const std::vector<std::string> certificates_;
  const bssl::UniquePtr<EVP_PKEY> key_;
  std::string digest_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TLS_TLS_IDENTITY_H_
