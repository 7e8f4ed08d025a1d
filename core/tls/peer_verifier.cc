#include "core/tls/peer_verifier.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/nid.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/addr/ip_address.h"
#include "core/tls/tls_failure.h"
#include "core/tls/tls_objects.h"

namespace streampair {
namespace {

constexpr int kMaxDepth = 10;
constexpr int kLeastRsaBits = 2048;
constexpr int kLeastEcBits = 224;

// Which switch may suppress a fault; in the order in which faults count.
enum class FaultClass : uint8_t { kDate, kRoot, kName, kOther };

struct Found {
  FaultClass cls;
  PeerFault fault;
};

bool IsDateError(int error) {
  return error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID ||
         error == X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD ||
         error == X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD;
}

// For what is not a date.
Found FromVerifyError(int error, int depth) {
  const SslCode code = CodeForVerifyError(error);
  const bool is_root = code == SslCode::kUnknownRootCert || code == SslCode::kNoRootCert;
  return {is_root ? FaultClass::kRoot : FaultClass::kOther,
          {code, depth, X509_verify_cert_error_string(error)}};
}

bool IsSelfIssued(X509* certificate) {
  return X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
}

// One verification. BoringSSL's callback lets every error pass and writes it down, so that all of
// them are known; who counts is decided afterwards.
class Verification {
 public:
  Verification(const VerifyRules& rules, PeerTrust& trust) : rules_(rules), trust_(trust) {}

  void Run(const std::vector<std::string>& sent) {
    if (!Decode(sent)) return;
    BuildChain();
    CheckDates();
    CheckStrength();
    CheckName();
    CheckPins();
    Settle();
  }

 private:
  void Add(FaultClass cls, SslCode code, int depth, std::string text) {
    found_.push_back({cls, {code, depth, std::move(text)}});
  }

  void AddDate(int error, int depth) {
    Add(FaultClass::kDate, CodeForVerifyError(error), depth, X509_verify_cert_error_string(error));
  }

  bool Decode(const std::vector<std::string>& sent) {
    for (const std::string& der : sent) {
      bssl::UniquePtr<X509> certificate = CertificateFromDer(der);
      if (certificate == nullptr) {
        Add(FaultClass::kOther, SslCode::kBadCert, static_cast<int>(sent_.size()),
            "the certificate cannot be decoded");
        Settle();
        return false;
      }
      sent_.push_back(std::move(certificate));
    }
    if (!sent_.empty()) return true;
    Add(FaultClass::kOther, SslCode::kBadCert, 0, "the peer sent no certificate");
    Settle();
    return false;
  }

  static int OnVerifyError(int ok, X509_STORE_CTX* context) {
    if (ok == 1) return 1;
    auto* self = static_cast<Verification*>(X509_STORE_CTX_get_app_data(context));
    const int error = X509_STORE_CTX_get_error(context);
    // Dates are looked at below, because this stops looking at them where an issuer is missing.
    if (!IsDateError(error)) {
      Found found = FromVerifyError(error, X509_STORE_CTX_get_error_depth(context));
      // A missing issuer is told two or three times over.
      const bool known =
          std::any_of(self->found_.begin(), self->found_.end(), [&found](const Found& each) {
            return found.cls == FaultClass::kRoot && each.cls == FaultClass::kRoot;
          });
      if (!known) self->found_.push_back(std::move(found));
    }
    return 1;
  }

  void BuildChain() {
    const bssl::UniquePtr<STACK_OF(X509)> untrusted(sk_X509_new_null());
    for (size_t i = 1; i < sent_.size(); ++i)
      bssl::PushToStack(untrusted.get(), bssl::UpRef(sent_[i]));
    const bssl::UniquePtr<STACK_OF(X509_CRL)> crls(sk_X509_CRL_new_null());
    for (const std::string& der : rules_.crls) {
      bssl::UniquePtr<X509_CRL> crl = CrlFromDer(der);
      if (crl != nullptr) bssl::PushToStack(crls.get(), std::move(crl));
    }
    const bssl::UniquePtr<X509_STORE_CTX> context(X509_STORE_CTX_new());
    if (context == nullptr || X509_STORE_CTX_init(context.get(), rules_.roots->store(),
                                                  sent_[0].get(), untrusted.get()) != 1) {
      Add(FaultClass::kOther, SslCode::kInternal, 0, "no memory to verify the peer");
      return;
    }
    X509_STORE_CTX_set_default(context.get(), rules_.peer_is_server ? "ssl_server" : "ssl_client");
    X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_time(param, absl::ToTimeT(rules_.now));
    X509_VERIFY_PARAM_set_depth(param, kMaxDepth);
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_TRUSTED_FIRST);
    if (!rules_.crls.empty()) {
      X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
      X509_STORE_CTX_set0_crls(context.get(), crls.get());
    }
    X509_STORE_CTX_set_app_data(context.get(), this);
    X509_STORE_CTX_set_verify_cb(context.get(), OnVerifyError);
    if (X509_verify_cert(context.get()) != 1 && found_.empty()) {
      // Failures that are not put to the callback, such as a lack of memory.
      found_.push_back(FromVerifyError(X509_STORE_CTX_get_error(context.get()), 0));
      found_.back().cls = FaultClass::kOther;
    }
    const bssl::UniquePtr<STACK_OF(X509)> chain(X509_STORE_CTX_get1_chain(context.get()));
    for (size_t i = 0; chain != nullptr && i < sk_X509_num(chain.get()); ++i)
      chain_.push_back(bssl::UpRef(sk_X509_value(chain.get(), i)));
    if (chain_.empty()) chain_.push_back(bssl::UpRef(sent_[0]));
    for (const bssl::UniquePtr<X509>& each : chain_) trust_.verified.push_back(ToDer(each.get()));
    CheckUnknownRoot();
  }

  // What BoringSSL leaves out of a self-signed certificate at the end of the chain: that it is the
  // whole chain (though not fit to sign others), its signature, and its bound on the length.
  void CheckUnknownRoot() {
    X509* last = chain_.back().get();
    if (!IsSelfIssued(last)) return;
    const int depth = static_cast<int>(chain_.size()) - 1;
    const long limit = X509_get_pathlen(last);  // NOLINT(google-runtime-int): BoringSSL's type.
    if (limit >= 0 && depth - 1 > limit) {
      Add(FaultClass::kOther, SslCode::kXCertChainInvalid, depth,
          X509_verify_cert_error_string(X509_V_ERR_PATH_LENGTH_EXCEEDED));
    }
    if (rules_.roots->Contains(trust_.verified.back())) return;
    for (Found& each : found_) {
      if (each.cls == FaultClass::kRoot) each.fault.code = SslCode::kUnknownRootCert;
    }
    const bssl::UniquePtr<EVP_PKEY> key(X509_get_pubkey(last));
    if (key == nullptr || X509_verify(last, key.get()) != 1) {
      Add(FaultClass::kOther, SslCode::kXCertChainInvalid, depth,
          X509_verify_cert_error_string(X509_V_ERR_CERT_SIGNATURE_FAILURE));
    }
  }

  void CheckDates() {
    time_t now = absl::ToTimeT(rules_.now);
    for (size_t i = 0; i < chain_.size(); ++i) {
      const int depth = static_cast<int>(i);
      const int before = X509_cmp_time(X509_get0_notBefore(chain_[i].get()), &now);
      const int after = X509_cmp_time(X509_get0_notAfter(chain_[i].get()), &now);
      if (before == 0 || after == 0) {
        Add(FaultClass::kOther, SslCode::kBadCert, depth, "a date cannot be read");
      } else if (before > 0) {
        AddDate(X509_V_ERR_CERT_NOT_YET_VALID, depth);
      } else if (after < 0) {
        AddDate(X509_V_ERR_CERT_HAS_EXPIRED, depth);
      }
    }
  }

  // BoringSSL has no notion of keys and signatures that are too weak.
  void CheckStrength() {
    for (size_t i = 0; i < chain_.size(); ++i) {
      X509* certificate = chain_[i].get();
      const int depth = static_cast<int>(i);
      const bssl::UniquePtr<EVP_PKEY> key(X509_get_pubkey(certificate));
      if (key == nullptr) {
        Add(FaultClass::kOther, SslCode::kBadCert, depth, "the public key cannot be decoded");
        continue;
      }
      const int bits = EVP_PKEY_bits(key.get());
      const bool weak = (EVP_PKEY_id(key.get()) == EVP_PKEY_RSA && bits < kLeastRsaBits) ||
                        (EVP_PKEY_id(key.get()) == EVP_PKEY_EC && bits < kLeastEcBits) ||
                        EVP_PKEY_id(key.get()) == EVP_PKEY_DSA;
      if (weak) {
        Add(FaultClass::kOther, SslCode::kXCertChainInvalid, depth,
            absl::StrCat("the key is too weak (", bits, " bits)"));
      }
      if (IsSelfIssued(certificate) && i + 1 == chain_.size()) continue;  // Nobody relies on it.
      const int signature = X509_get_signature_nid(certificate);
      if (signature == NID_md5WithRSAEncryption || signature == NID_sha1WithRSAEncryption ||
          signature == NID_sha1WithRSA || signature == NID_ecdsa_with_SHA1 ||
          signature == NID_dsaWithSHA1) {
        Add(FaultClass::kOther, SslCode::kXCertChainInvalid, depth,
            "the signature's hash is too weak");
      }
    }
  }

  void CheckName() {
    if (rules_.name.empty()) return;
    X509* leaf = chain_[0].get();
    if (IpAddress::Parse(rules_.name).ok()) {
      if (X509_check_ip_asc(leaf, rules_.name.c_str(), 0) == 1) {
        trust_.verified_name = rules_.name;
      } else {
        Add(FaultClass::kName, SslCode::kHostNameMismatch, 0,
            absl::StrCat("the certificate is not for the address ", rules_.name));
      }
      return;
    }
    const absl::string_view name = absl::StripSuffix(rules_.name, ".");
    char* match = nullptr;
    const int ok = X509_check_host(leaf, name.data(), name.size(),
                                   X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, &match);
    const bssl::UniquePtr<char> owner(match);
    if (ok == 1) {
      trust_.verified_name = match != nullptr ? std::string(match) : std::string(name);
    } else {
      Add(FaultClass::kName, SslCode::kHostNameMismatch, 0,
          absl::StrCat("the certificate is not for the name ", rules_.name));
    }
  }

  void CheckPins() {
    if (rules_.pins.empty()) return;
    uint8_t* spki = nullptr;
    const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(chain_[0].get()), &spki);
    const bssl::UniquePtr<uint8_t> owner(spki);
    std::string hash(SHA256_DIGEST_LENGTH, '\0');
    if (length > 0)
      SHA256(spki, static_cast<size_t>(length), reinterpret_cast<uint8_t*>(hash.data()));
    if (length > 0 && std::find(rules_.pins.begin(), rules_.pins.end(), hash) != rules_.pins.end())
      return;
    Add(FaultClass::kOther, SslCode::kXCertChainInvalid, 0,
        "the public key is none of those pinned");
    pin_failed_ = true;
  }

  bool IsRoot(int depth) const {
    return depth > 0 && depth + 1 == static_cast<int>(chain_.size()) &&
           IsSelfIssued(chain_.back().get());
  }

  bool Suppresses(const Found& found) const {
    if (!rules_.validates) return true;
    switch (found.cls) {
      case FaultClass::kDate:
        if (found.fault.code != SslCode::kCertExpired) return false;
        return IsRoot(found.fault.depth) ? rules_.allows_expired_roots
                                         : rules_.allows_expired_certificates;
      case FaultClass::kRoot:
        return rules_.allows_any_root;
      case FaultClass::kName:
      case FaultClass::kOther:
        return false;
    }
    return false;
  }

  void Settle() {
    ERR_clear_error();
    for (Found& each : found_) each.fault.suppressed = Suppresses(each);
    // A pin is the caller's own demand, whatever the chain.
    if (pin_failed_) found_.back().fault.suppressed = false;
    std::stable_sort(found_.begin(), found_.end(), [](const Found& a, const Found& b) {
      if (a.cls != b.cls) return a.cls < b.cls;
      return a.fault.depth < b.fault.depth;
    });
    for (Found& each : found_) trust_.faults.push_back(std::move(each.fault));
  }

  const VerifyRules& rules_;
  PeerTrust& trust_;
  std::vector<bssl::UniquePtr<X509>> sent_;
  std::vector<bssl::UniquePtr<X509>> chain_;
  std::vector<Found> found_;
  bool pin_failed_ = false;
};

}  // namespace

std::optional<Error> PeerTrust::Refusal() const {
  for (const PeerFault& fault : faults) {
    if (fault.suppressed) continue;
    return SslError(
        Stage::kTls, fault.code,
        absl::StrCat("verify the peer's certificate at depth ", fault.depth, ": ", fault.text));
  }
  return std::nullopt;
}

PeerTrust VerifyPeer(const std::vector<std::string>& sent, const VerifyRules& rules) {
  PeerTrust trust;
  trust.sent = sent;
  Verification(rules, trust).Run(sent);
  return trust;
}

}  // namespace streampair
