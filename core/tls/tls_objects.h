#ifndef STREAMPAIR_CORE_TLS_TLS_OBJECTS_H_
#define STREAMPAIR_CORE_TLS_TLS_OBJECTS_H_

#include <openssl/base.h>

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/base/result.h"

namespace streampair {

// Certificates, lists and keys between their encodings and BoringSSL's objects. What came from a
// caller is bounded before it is parsed; failures are InvalidRequest, and no text quotes a key.

constexpr size_t kMaxPemBytes = 64 * 1024;

// One or more certificates as DER (exactly one) or PEM (any number, other blocks ignored), to DER.
Result<std::vector<std::string>> ParseCertificates(absl::string_view der_or_pem);

// Likewise for revocation lists.
Result<std::vector<std::string>> ParseCrls(absl::string_view der_or_pem);

// Likewise without a bound: an operator's file.
Result<std::vector<std::string>> ParseCrlBundle(absl::string_view der_or_pem);

// All certificates of a bundle that can be parsed, without a bound: an operator's file.
std::vector<std::string> ParseBundle(absl::string_view pem);

// A private key: PKCS#8, PKCS#1 or SEC1, as DER or as the first such block of a PEM. An encrypted
// one is refused.
Result<bssl::UniquePtr<EVP_PKEY>> ParsePrivateKey(absl::string_view der_or_pem);

// Null if `der` is not exactly one certificate or list.
bssl::UniquePtr<X509> CertificateFromDer(absl::string_view der);
bssl::UniquePtr<X509_CRL> CrlFromDer(absl::string_view der);
std::string ToDer(X509* certificate);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TLS_TLS_OBJECTS_H_
