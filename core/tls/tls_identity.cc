#include "core/tls/tls_identity.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/streampair_errors.h"
#include "core/tls/tls_objects.h"

namespace streampair {

TlsIdentity::TlsIdentity(std::vector<std::string> certificates, bssl::UniquePtr<EVP_PKEY> key)
    : certificates_(std::move(certificates)), key_(std::move(key)) {
  // The leaf holds the public key, which stands for the private one.
  std::string text;
  for (const std::string& each : certificates_) absl::StrAppend(&text, each.size(), ":", each);
  digest_.resize(SHA256_DIGEST_LENGTH);
  SHA256(reinterpret_cast<const uint8_t*>(text.data()), text.size(),
         reinterpret_cast<uint8_t*>(digest_.data()));
}

TlsIdentity::~TlsIdentity() = default;

Result<std::shared_ptr<const TlsIdentity>> TlsIdentity::FromPem(
    absl::string_view pem, std::vector<std::string> more_chain) {
  Result<std::vector<std::string>> certificates = ParseCertificates(pem);
  if (!certificates.ok()) return certificates.error();
  Result<bssl::UniquePtr<EVP_PKEY>> key = ParsePrivateKey(pem);
  if (!key.ok()) return key.error();
  for (std::string& each : more_chain) certificates->push_back(std::move(each));
  return Checked(*std::move(certificates), *std::move(key));
}

Result<std::shared_ptr<const TlsIdentity>> TlsIdentity::Make(absl::string_view certificate,
                                                             absl::string_view key,
                                                             std::vector<std::string> chain) {
  Result<bssl::UniquePtr<EVP_PKEY>> parsed = ParsePrivateKey(key);
  if (!parsed.ok()) return parsed.error();
  chain.insert(chain.begin(), std::string(certificate));
  return Checked(std::move(chain), *std::move(parsed));
}

Result<std::shared_ptr<const TlsIdentity>> TlsIdentity::Checked(
    std::vector<std::string> certificates, bssl::UniquePtr<EVP_PKEY> key) {
  if (certificates.size() > kMaxChain + 1)
    return InvalidRequest(
        absl::StrCat("may have at most ", kMaxChain, " certificates in its chain"));
  for (const std::string& each : certificates) {
    if (CertificateFromDer(each) == nullptr)
      return InvalidRequest("has a certificate that cannot be decoded");
  }
  const bssl::UniquePtr<X509> leaf = CertificateFromDer(certificates.front());
  if (X509_check_private_key(leaf.get(), key.get()) != 1) {
    ERR_clear_error();
    return InvalidRequest("the private key is not that of the certificate");
  }
  return std::shared_ptr<const TlsIdentity>(
      new TlsIdentity(std::move(certificates), std::move(key)));
}

}  // namespace streampair
