#ifndef STREAMPAIR_CORE_TESTING_CERTIFICATE_MAKER_H_
#define STREAMPAIR_CORE_TESTING_CERTIFICATE_MAKER_H_

#include <openssl/base.h>

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace streampair {

enum class TestKey { kEcdsa, kRsa2048, kRsa1024, kEd25519 };

// What a certificate of a test shall be like. Times have no default: a test owns its clock.
struct CertificateSpec {
  std::string subject = "test";
  absl::Time not_before;
  absl::Time not_after;
  bool is_ca = false;
  int path_length = -1;  // -1: no limit.
  TestKey key = TestKey::kEcdsa;
  std::string names = {};             // subjectAltName: "DNS:a.test,IP:192.0.2.1". "": none.
  std::string purpose = {};           // extendedKeyUsage: "serverAuth". "": none.
  std::string name_constraints = {};  // "permitted;DNS:.example.test". "": none.
  std::string key_usage = {};         // "": what fits is_ca.
  bool sha1 = false;                  // Sign with SHA-1.
  bool break_signature = false;
};

// A certificate with its key.
struct TestIdentity {
  bssl::UniquePtr<X509> certificate;
  bssl::UniquePtr<EVP_PKEY> key;

  std::string der() const;
  std::string pem() const;
  std::string key_der() const;  // PKCS#8.
  std::string key_pem() const;
};

// A certificate as in `spec`, signed by `issuer` or, if null, by itself.
TestIdentity MakeCertificate(const CertificateSpec& spec, const TestIdentity* issuer);

// A revocation list of `issuer`, DER, that revokes `revoked` (may be null).
std::string MakeCrl(const TestIdentity& issuer, absl::Time last_update, absl::Time next_update,
                    const TestIdentity* revoked);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TESTING_CERTIFICATE_MAKER_H_
