#include "core/tls/tls_context.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/streampair_errors.h"
#include "core/tls/tls_engine_hooks.h"
#include "core/tls/tls_objects.h"

namespace streampair {
namespace {

struct SignatureAlgorithm {
  absl::string_view name;
  uint16_t number;
};

// What is verified by default, best first: no SHA-1. All that can be chosen is here or below.
constexpr SignatureAlgorithm kSignatureAlgorithms[] = {
    {"ecdsa_secp256r1_sha256", SSL_SIGN_ECDSA_SECP256R1_SHA256},
    {"rsa_pss_rsae_sha256", SSL_SIGN_RSA_PSS_RSAE_SHA256},
    {"rsa_pkcs1_sha256", SSL_SIGN_RSA_PKCS1_SHA256},
    {"ecdsa_secp384r1_sha384", SSL_SIGN_ECDSA_SECP384R1_SHA384},
    {"rsa_pss_rsae_sha384", SSL_SIGN_RSA_PSS_RSAE_SHA384},
    {"rsa_pkcs1_sha384", SSL_SIGN_RSA_PKCS1_SHA384},
    {"ed25519", SSL_SIGN_ED25519},
    {"ecdsa_secp521r1_sha512", SSL_SIGN_ECDSA_SECP521R1_SHA512},
    {"rsa_pss_rsae_sha512", SSL_SIGN_RSA_PSS_RSAE_SHA512},
    {"rsa_pkcs1_sha512", SSL_SIGN_RSA_PKCS1_SHA512},
};
constexpr SignatureAlgorithm kSha1Algorithms[] = {
    {"rsa_pkcs1_sha1", SSL_SIGN_RSA_PKCS1_SHA1},
    {"ecdsa_sha1", SSL_SIGN_ECDSA_SHA1},
};

// Suites of TLS 1.2 and below by default. Nobody who speaks TLS 1.2 needs CBC or a key transport
// without forward secrecy from a server; servers that offer nothing else are met all the time.
constexpr char kModernSuites[] =
    "[ECDHE-ECDSA-AES128-GCM-SHA256|ECDHE-ECDSA-CHACHA20-POLY1305|"
    "ECDHE-RSA-AES128-GCM-SHA256|ECDHE-RSA-CHACHA20-POLY1305]:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";
constexpr char kCompatibleSuites[] = "ALL:!3DES";

uint16_t SignatureAlgorithmByName(absl::string_view name) {
  for (const SignatureAlgorithm& each : kSignatureAlgorithms)
    if (each.name == name) return each.number;
  for (const SignatureAlgorithm& each : kSha1Algorithms)
    if (each.name == name) return each.number;
  return 0;
}

bool IsPlainName(absl::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.';
  });
}

}  // namespace

TlsContext::TlsContext(TlsConfig config, const Surroundings& surroundings)
    : config_(std::move(config)), digest_(ConfigDigest(config_)), sessions_(surroundings.sessions) {
  if (config_.trust_roots.empty()) {
    roots_ = surroundings.system_roots;
  } else {
    roots_ = std::make_shared<TrustRoots>(config_.trust_roots, config_.trust_system_roots
                                                                   ? surroundings.system_roots.get()
                                                                   : nullptr);
  }
}

TlsContext::~TlsContext() = default;

Result<std::shared_ptr<const TlsContext>> TlsContext::Make(TlsConfig config,
                                                           const Surroundings& surroundings) {
  if (config.key_log && !surroundings.permits_key_log)
    return PolicyDenied("key_log: the operator does not permit that secrets are handed out");
  std::shared_ptr<TlsContext> context(new TlsContext(std::move(config), surroundings));
  Result<void> built = context->Build();
  ERR_clear_error();
  if (!built.ok()) return built.error();
  return std::shared_ptr<const TlsContext>(std::move(context));
}

Result<void> TlsContext::Build() {
  const TlsSettings& settings = config_.settings;
  if (settings.level == TlsLevel::kNone) return {};
  ssl_ctx_.reset(SSL_CTX_new(TLS_method()));
  if (ssl_ctx_ == nullptr) return InternalFault("no memory for a TLS context");
  for (const auto step : {&TlsContext::BuildVersions, &TlsContext::BuildAlgorithms,
                          &TlsContext::BuildIdentity, &TlsContext::BuildAlpn}) {
    if (Result<void> result = (this->*step)(); !result.ok()) return result;
  }
  SSL_CTX* ctx = ssl_ctx_.get();
  SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_enable_ocsp_stapling(ctx);
  SSL_CTX_enable_signed_cert_timestamps(ctx);
  SSL_CTX_set_session_cache_mode(ctx, config_.session_resumption && !settings.is_server
                                          ? SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL
                                          : SSL_SESS_CACHE_OFF);
  // A server of one connection has nobody who could come back.
  if (settings.is_server || !config_.session_resumption) SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
  // The certificates of a resumed session are verified anew: what was valid then may not be now.
  SSL_CTX_set_reverify_on_resume(ctx, 1);
  if (settings.is_server) SSL_CTX_set_options(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE);
  InstallEngineHooks(ctx, config_.key_log);
  if (settings.level == TlsLevel::kSslV2 || settings.level == TlsLevel::kSslV3) ssl_ctx_.reset();
  return {};
}

Result<void> TlsContext::BuildVersions() {
  TlsVersion low = config_.min_version.value_or(kNegotiatedFloor);
  TlsVersion high = config_.max_version.value_or(TlsVersion::k1_3);
  // A highest version below the floor is a wish for it.
  if (!config_.min_version && config_.max_version) low = std::min(low, high);
  if (config_.settings.level == TlsLevel::kTlsV1) {
    if (config_.min_version || config_.max_version)
      return InvalidRequest(
          "level TLS_V1 is TLS 1.0 exactly; leave out min_version and max_version");
    low = high = TlsVersion::k1_0;
  }
  if (low > high) return InvalidRequest("min_version must not be above max_version");
  if (SSL_CTX_set_min_proto_version(ssl_ctx_.get(), static_cast<uint16_t>(low)) != 1 ||
      SSL_CTX_set_max_proto_version(ssl_ctx_.get(), static_cast<uint16_t>(high)) != 1)
    return InvalidRequest("these versions are not offered");
  return {};
}

Result<void> TlsContext::BuildAlgorithms() {
  SSL_CTX* ctx = ssl_ctx_.get();
  for (const std::string& suite : config_.cipher_suites) {
    if (absl::StartsWith(suite, "TLS_"))
      return InvalidRequest(absl::StrCat("cipher_suites: ", suite.substr(0, 64),
                                         ": suites of TLS 1.3 cannot be chosen (BoringSSL offers "
                                         "all of them), others go by their OpenSSL names"));
    // One at a time, so that no word stands for many, as in OpenSSL's language for lists.
    const bool known =
        IsPlainName(suite) && SSL_CTX_set_strict_cipher_list(ctx, suite.c_str()) == 1;
    const STACK_OF(SSL_CIPHER)* found = known ? SSL_CTX_get_ciphers(ctx) : nullptr;
    bool exact = false;
    for (size_t i = 0; found != nullptr && i < sk_SSL_CIPHER_num(found); ++i)
      exact = exact || suite == SSL_CIPHER_get_name(sk_SSL_CIPHER_value(found, i));
    if (!exact || sk_SSL_CIPHER_num(found) != 1)
      return InvalidRequest(
          absl::StrCat("cipher_suites: \"", suite.substr(0, 64), "\" is not offered here"));
  }
  const bool modern =
      config_.settings.is_server && SSL_CTX_get_min_proto_version(ctx) >= TLS1_2_VERSION;
  const std::string suites = !config_.cipher_suites.empty()
                                 ? absl::StrJoin(config_.cipher_suites, ":")
                                 : (modern ? kModernSuites : kCompatibleSuites);
  if (SSL_CTX_set_strict_cipher_list(ctx, suites.c_str()) != 1)
    return InvalidRequest("cipher_suites: not a list");
  for (const std::string& group : config_.groups) {
    if (!IsPlainName(group) || SSL_CTX_set1_curves_list(ctx, group.c_str()) != 1)
      return InvalidRequest(
          absl::StrCat("groups: \"", group.substr(0, 64), "\" is not offered here"));
  }
  if (!config_.groups.empty() &&
      SSL_CTX_set1_curves_list(ctx, absl::StrJoin(config_.groups, ":").c_str()) != 1)
    return InvalidRequest("groups: one is given twice");
  std::vector<uint16_t> verify;
  for (const std::string& name : config_.signature_algorithms) {
    const uint16_t number = SignatureAlgorithmByName(name);
    if (number == 0)
      return InvalidRequest(
          absl::StrCat("signature_algorithms: \"", name.substr(0, 64), "\" is not offered here"));
    if (std::find(verify.begin(), verify.end(), number) != verify.end())
      return InvalidRequest("signature_algorithms: one is given twice");
    verify.push_back(number);
  }
  if (verify.empty()) {
    for (const SignatureAlgorithm& each : kSignatureAlgorithms) verify.push_back(each.number);
  }
  if (SSL_CTX_set_verify_algorithm_prefs(ctx, verify.data(), verify.size()) != 1)
    return InvalidRequest("signature_algorithms: not a list");
  return {};
}

Result<void> TlsContext::BuildIdentity() {
  SSL_CTX* ctx = ssl_ctx_.get();
  const auto& identity = config_.settings.identity;
  if (identity == nullptr) return {};
  const std::vector<std::string>& certificates = identity->certificates();
  if (SSL_CTX_use_certificate(ctx, CertificateFromDer(certificates[0]).get()) != 1 ||
      SSL_CTX_use_PrivateKey(ctx, identity->key()) != 1)
    return InvalidRequest("identity: a key of this kind cannot be used for TLS");
  for (size_t i = 1; i < certificates.size(); ++i)
    SSL_CTX_add1_chain_cert(ctx, CertificateFromDer(certificates[i]).get());
  // BoringSSL signs with Ed25519 only if told to.
  if (EVP_PKEY_id(identity->key()) == EVP_PKEY_ED25519) {
    const uint16_t only = SSL_SIGN_ED25519;
    if (SSL_CTX_set_signing_algorithm_prefs(ctx, &only, 1) != 1)
      return InvalidRequest("identity: Ed25519 cannot be used");
  }
  return {};
}

Result<void> TlsContext::BuildAlpn() {
  for (const std::string& protocol : config_.alpn_protocols) {
    if (protocol.empty() || protocol.size() > 255)
      return InvalidRequest("alpn_protocols: a name must have 1 to 255 bytes");
    alpn_wire_.push_back(static_cast<char>(protocol.size()));
    alpn_wire_.append(protocol);
  }
  if (alpn_wire_.empty()) return {};
  if (alpn_wire_.size() > 4096) return InvalidRequest("alpn_protocols: too many");
  const auto* wire = reinterpret_cast<const uint8_t*>(alpn_wire_.data());
  if (SSL_CTX_set_alpn_protos(ssl_ctx_.get(), wire, static_cast<unsigned>(alpn_wire_.size())) != 0)
    return InvalidRequest("alpn_protocols: not a list");
  if (config_.settings.is_server) {
    SSL_CTX_set_alpn_select_cb(
        ssl_ctx_.get(),
        [](SSL*, const uint8_t** out, uint8_t* out_length, const uint8_t* in, unsigned in_length,
           void* arg) {
          const auto& ours = *static_cast<const std::string*>(arg);
          uint8_t* chosen = nullptr;
          if (SSL_select_next_proto(
                  &chosen, out_length, reinterpret_cast<const uint8_t*>(ours.data()),
                  static_cast<unsigned>(ours.size()), in, in_length) != OPENSSL_NPN_NEGOTIATED)
            return SSL_TLSEXT_ERR_ALERT_FATAL;
          *out = chosen;
          return SSL_TLSEXT_ERR_OK;
        },
        &alpn_wire_);
  }
  return {};
}

}  // namespace streampair
