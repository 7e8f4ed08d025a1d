#include "core/tls/tls_objects.h"

#include <openssl/bio.h>
#include <openssl/bytestring.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <limits>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/streampair_errors.h"

namespace streampair {
namespace {

bool LooksLikePem(absl::string_view text) { return absl::StrContains(text, "-----BEGIN "); }

const uint8_t* Bytes(absl::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

// Calls `block` with each block of a PEM, by its label, until it returns false. Headers (of keys
// encrypted in the old way) are handed on.
void ForEachBlock(
    absl::string_view pem,
    absl::FunctionRef<bool(absl::string_view label, absl::string_view header, absl::string_view)>
        block) {
  bssl::UniquePtr<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  for (;;) {
    char* label = nullptr;
    char* header = nullptr;
    uint8_t* data = nullptr;
    long length = 0;  // NOLINT(google-runtime-int): BoringSSL's type.
    if (PEM_read_bio(bio.get(), &label, &header, &data, &length) != 1) break;
    const bssl::UniquePtr<char> label_owner(label);
    const bssl::UniquePtr<char> header_owner(header);
    const bssl::UniquePtr<uint8_t> data_owner(data);
    const bool more =
        block(label, header, {reinterpret_cast<const char*>(data), static_cast<size_t>(length)});
    if (absl::StrContains(label, "KEY")) OPENSSL_cleanse(data, static_cast<size_t>(length));
    if (!more) break;
  }
  ERR_clear_error();  // The end of the text is reported as an error.
}

// One kind of object, as DER or PEM, to DER.
Result<std::vector<std::string>> ParseAll(absl::string_view input, absl::string_view what,
                                          absl::string_view label, absl::string_view other_label,
                                          absl::FunctionRef<bool(absl::string_view)> valid,
                                          size_t most = kMaxPemBytes) {
  if (input.size() > most)
    return InvalidRequest(absl::StrCat("a ", what, " may have at most ", most, " bytes"));
  std::vector<std::string> all;
  if (!LooksLikePem(input)) {
    if (!valid(input)) return InvalidRequest(absl::StrCat("is not a ", what, " in DER or PEM"));
    all.emplace_back(input);
    return all;
  }
  bool broken = false;
  ForEachBlock(input, [&](absl::string_view found, absl::string_view, absl::string_view der) {
    if (found != label && found != other_label) return true;
    broken = broken || !valid(der);
    all.emplace_back(der);
    return !broken;
  });
  if (broken) return InvalidRequest(absl::StrCat("has a ", what, " that cannot be decoded"));
  if (all.empty()) return InvalidRequest(absl::StrCat("has no ", what));
  return all;
}

}  // namespace

bssl::UniquePtr<X509> CertificateFromDer(absl::string_view der) {
  const uint8_t* at = Bytes(der);
  bssl::UniquePtr<X509> certificate(
      d2i_X509(nullptr, &at, static_cast<long>(der.size())));  // NOLINT
  if (certificate != nullptr && at != Bytes(der) + der.size()) certificate.reset();
  if (certificate == nullptr) ERR_clear_error();
  return certificate;
}

bssl::UniquePtr<X509_CRL> CrlFromDer(absl::string_view der) {
  const uint8_t* at = Bytes(der);
  bssl::UniquePtr<X509_CRL> crl(
      d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size())));  // NOLINT
  if (crl != nullptr && at != Bytes(der) + der.size()) crl.reset();
  if (crl == nullptr) ERR_clear_error();
  return crl;
}

std::string ToDer(X509* certificate) {
  uint8_t* out = nullptr;
  const int length = i2d_X509(certificate, &out);
  if (length < 0) return "";
  const bssl::UniquePtr<uint8_t> owner(out);
  return std::string(reinterpret_cast<char*>(out), static_cast<size_t>(length));
}

Result<std::vector<std::string>> ParseCertificates(absl::string_view der_or_pem) {
  return ParseAll(der_or_pem, "certificate", PEM_STRING_X509, PEM_STRING_X509_OLD,
                  [](absl::string_view der) { return CertificateFromDer(der) != nullptr; });
}

Result<std::vector<std::string>> ParseCrls(absl::string_view der_or_pem) {
  return ParseAll(der_or_pem, "revocation list", PEM_STRING_X509_CRL, PEM_STRING_X509_CRL,
                  [](absl::string_view der) { return CrlFromDer(der) != nullptr; });
}

Result<std::vector<std::string>> ParseCrlBundle(absl::string_view der_or_pem) {
  return ParseAll(
      der_or_pem, "revocation list", PEM_STRING_X509_CRL, PEM_STRING_X509_CRL,
      [](absl::string_view der) { return CrlFromDer(der) != nullptr; },
      std::numeric_limits<int>::max());  // BIO's bound.
}

std::vector<std::string> ParseBundle(absl::string_view pem) {
  std::vector<std::string> all;
  ForEachBlock(pem, [&](absl::string_view label, absl::string_view, absl::string_view der) {
    if ((label == PEM_STRING_X509 || label == PEM_STRING_X509_OLD) &&
        CertificateFromDer(der) != nullptr) {
      all.emplace_back(der);
    }
    return true;
  });
  return all;
}

Result<bssl::UniquePtr<EVP_PKEY>> ParsePrivateKey(absl::string_view der_or_pem) {
  if (der_or_pem.size() > kMaxPemBytes)
    return InvalidRequest(absl::StrCat("a key may have at most ", kMaxPemBytes, " bytes"));
  std::string der;
  if (LooksLikePem(der_or_pem)) {
    bool encrypted = false;
    ForEachBlock(der_or_pem,
                 [&](absl::string_view label, absl::string_view header, absl::string_view block) {
                   if (!absl::EndsWith(label, "PRIVATE KEY")) return true;
                   encrypted = label == PEM_STRING_PKCS8 || absl::StrContains(header, "ENCRYPTED");
                   der = std::string(block);
                   return false;
                 });
    if (encrypted) return InvalidRequest("the private key is encrypted");
    if (der.empty()) return InvalidRequest("has no private key");
  } else {
    der = std::string(der_or_pem);
  }
  CBS cbs;
  CBS_init(&cbs, Bytes(der), der.size());
  bssl::UniquePtr<EVP_PKEY> key(EVP_parse_private_key(&cbs));
  if (key == nullptr || CBS_len(&cbs) != 0) {
    const uint8_t* at = Bytes(der);
    key.reset(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.size())));  // NOLINT
  }
  ERR_clear_error();
  OPENSSL_cleanse(der.data(), der.size());
  if (key == nullptr) return InvalidRequest("the private key cannot be decoded");
  return key;
}

}  // namespace streampair
