#include "core/testing/certificate_maker.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/bytestring.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/nid.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"

namespace streampair {
namespace {

bssl::UniquePtr<EVP_PKEY> MakeKey(TestKey kind) {
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
  switch (kind) {
    case TestKey::kEcdsa: {
      bssl::UniquePtr<EC_KEY> ec(EC_KEY_new_by_curve_name(NID_X9_62_prime256v1));
      SP_CHECK(EC_KEY_generate_key(ec.get()) == 1);
      SP_CHECK(EVP_PKEY_assign_EC_KEY(key.get(), ec.release()) == 1);
      break;
    }
    case TestKey::kRsa2048:
    case TestKey::kRsa1024: {
      const bssl::UniquePtr<BIGNUM> e(BN_new());
      bssl::UniquePtr<RSA> rsa(RSA_new());
      SP_CHECK(BN_set_word(e.get(), RSA_F4) == 1);
      SP_CHECK(RSA_generate_key_ex(rsa.get(), kind == TestKey::kRsa2048 ? 2048 : 1024, e.get(),
                                   nullptr) == 1);
      SP_CHECK(EVP_PKEY_assign_RSA(key.get(), rsa.release()) == 1);
      break;
    }
    case TestKey::kEd25519: {
      const bssl::UniquePtr<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, nullptr));
      EVP_PKEY* made = nullptr;
      SP_CHECK(EVP_PKEY_keygen_init(context.get()) == 1);
      SP_CHECK(EVP_PKEY_keygen(context.get(), &made) == 1);
      key.reset(made);
      break;
    }
  }
  return key;
}

void AddExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const bssl::UniquePtr<X509_EXTENSION> extension(
      X509V3_EXT_nconf_nid(nullptr, &context, nid, const_cast<char*>(value.c_str())));
  SP_CHECK(extension != nullptr);
  SP_CHECK(X509_add_ext(certificate, extension.get(), -1) == 1);
}

// Ed25519 has its own hash.
const EVP_MD* Digest(EVP_PKEY* key, bool sha1) {
  if (EVP_PKEY_id(key) == EVP_PKEY_ED25519) return nullptr;
  return sha1 ? EVP_sha1() : EVP_sha256();
}

bssl::UniquePtr<ASN1_TIME> Time(absl::Time time) {
  return bssl::UniquePtr<ASN1_TIME>(ASN1_TIME_set(nullptr, absl::ToTimeT(time)));
}

std::string Contents(BIO* bio) {
  const uint8_t* data = nullptr;
  size_t size = 0;
  SP_CHECK(BIO_mem_contents(bio, &data, &size) == 1);
  return std::string(reinterpret_cast<const char*>(data), size);
}

}  // namespace

std::string TestIdentity::der() const {
  uint8_t* out = nullptr;
  const int length = i2d_X509(certificate.get(), &out);
  SP_CHECK(length > 0);
  const bssl::UniquePtr<uint8_t> owner(out);
  return std::string(reinterpret_cast<char*>(out), static_cast<size_t>(length));
}

std::string TestIdentity::pem() const {
  const bssl::UniquePtr<BIO> bio(BIO_new(BIO_s_mem()));
  SP_CHECK(PEM_write_bio_X509(bio.get(), certificate.get()) == 1);
  return Contents(bio.get());
}

std::string TestIdentity::key_der() const {
  bssl::ScopedCBB cbb;
  uint8_t* out = nullptr;
  size_t length = 0;
  SP_CHECK(CBB_init(cbb.get(), 0) == 1 && EVP_marshal_private_key(cbb.get(), key.get()) == 1 &&
           CBB_finish(cbb.get(), &out, &length) == 1);
  const bssl::UniquePtr<uint8_t> owner(out);
  return std::string(reinterpret_cast<char*>(out), length);
}

std::string TestIdentity::key_pem() const {
  const bssl::UniquePtr<BIO> bio(BIO_new(BIO_s_mem()));
  SP_CHECK(PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                         nullptr) == 1);
  return Contents(bio.get());
}

TestIdentity MakeCertificate(const CertificateSpec& spec, const TestIdentity* issuer) {
  static uint64_t serial = 1000;
  TestIdentity made{bssl::UniquePtr<X509>(X509_new()), MakeKey(spec.key)};
  X509* certificate = made.certificate.get();
  X509* issuing = issuer == nullptr ? certificate : issuer->certificate.get();
  SP_CHECK(X509_set_version(certificate, 2) == 1);
  SP_CHECK(ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), ++serial) == 1);
  SP_CHECK(X509_set1_notBefore(certificate, Time(spec.not_before).get()) == 1);
  SP_CHECK(X509_set1_notAfter(certificate, Time(spec.not_after).get()) == 1);
  SP_CHECK(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                      reinterpret_cast<const uint8_t*>(spec.subject.data()),
                                      static_cast<int>(spec.subject.size()), -1, 0) == 1);
  SP_CHECK(X509_set_issuer_name(certificate, X509_get_subject_name(issuing)) == 1);
  SP_CHECK(X509_set_pubkey(certificate, made.key.get()) == 1);
  std::string constraints = spec.is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE";
  if (spec.path_length >= 0) absl::StrAppend(&constraints, ",pathlen:", spec.path_length);
  AddExtension(certificate, issuing, NID_basic_constraints, constraints);
  std::string usage = spec.key_usage;
  if (usage.empty()) {
    usage =
        spec.is_ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature,keyEncipherment";
  }
  AddExtension(certificate, issuing, NID_key_usage, usage);
  if (!spec.names.empty()) AddExtension(certificate, issuing, NID_subject_alt_name, spec.names);
  if (!spec.purpose.empty()) AddExtension(certificate, issuing, NID_ext_key_usage, spec.purpose);
  if (!spec.name_constraints.empty())
    AddExtension(certificate, issuing, NID_name_constraints, "critical," + spec.name_constraints);
  EVP_PKEY* signer = issuer == nullptr ? made.key.get() : issuer->key.get();
  SP_CHECK(X509_sign(certificate, signer, Digest(signer, spec.sha1)) > 0);
  if (spec.break_signature) {
    std::string der = made.der();
    der.back() = static_cast<char>(der.back() ^ 1);
    const auto* at = reinterpret_cast<const uint8_t*>(der.data());
    made.certificate.reset(d2i_X509(nullptr, &at, static_cast<long>(der.size())));  // NOLINT
    SP_CHECK(made.certificate != nullptr);
  }
  return made;
}

std::string MakeCrl(const TestIdentity& issuer, absl::Time last_update, absl::Time next_update,
                    const TestIdentity* revoked) {
  const bssl::UniquePtr<X509_CRL> crl(X509_CRL_new());
  SP_CHECK(X509_CRL_set_version(crl.get(), 1) == 1);
  SP_CHECK(X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(issuer.certificate.get())) ==
           1);
  SP_CHECK(X509_CRL_set1_lastUpdate(crl.get(), Time(last_update).get()) == 1);
  SP_CHECK(X509_CRL_set1_nextUpdate(crl.get(), Time(next_update).get()) == 1);
  if (revoked != nullptr) {
    bssl::UniquePtr<X509_REVOKED> entry(X509_REVOKED_new());
    SP_CHECK(X509_REVOKED_set_serialNumber(entry.get(),
                                           X509_get_serialNumber(revoked->certificate.get())) == 1);
    SP_CHECK(X509_REVOKED_set_revocationDate(entry.get(), Time(last_update).get()) == 1);
    SP_CHECK(X509_CRL_add0_revoked(crl.get(), entry.release()) == 1);
  }
  SP_CHECK(X509_CRL_sign(crl.get(), issuer.key.get(), Digest(issuer.key.get(), false)) > 0);
  uint8_t* out = nullptr;
  const int length = i2d_X509_CRL(crl.get(), &out);
  SP_CHECK(length > 0);
  const bssl::UniquePtr<uint8_t> owner(out);
  return std::string(reinterpret_cast<char*>(out), static_cast<size_t>(length));
}

}  // namespace streampair
