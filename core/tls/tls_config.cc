#include "core/tls/tls_config.h"

#include <openssl/sha.h>

#include <initializer_list>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace streampair {
namespace {

// Length before content, so that no two different lists look the same.
void Put(absl::string_view value, std::string& out) {
  absl::StrAppend(&out, value.size(), ":", value);
}

void Put(const std::vector<std::string>& values, std::string& out) {
  absl::StrAppend(&out, "[", values.size(), "]");
  for (const std::string& value : values) Put(value, out);
}

void Put(uint32_t value, std::string& out) { absl::StrAppend(&out, value, ";"); }

}  // namespace

std::string ConfigDigest(const TlsConfig& config) {
  std::string text;
  const TlsSettings& settings = config.settings;
  for (const uint32_t number :
       {static_cast<uint32_t>(settings.level), uint32_t{settings.allows_expired_certificates},
        uint32_t{settings.allows_expired_roots}, uint32_t{settings.allows_any_root},
        uint32_t{settings.validates_certificate_chain},
        static_cast<uint32_t>(settings.peer_name_rule), uint32_t{settings.is_server},
        config.min_version ? static_cast<uint32_t>(*config.min_version) : 0,
        config.max_version ? static_cast<uint32_t>(*config.max_version) : 0,
        uint32_t{config.trust_system_roots}, uint32_t{config.session_resumption},
        uint32_t{config.key_log}, uint32_t{config.request_client_certificate},
        uint32_t{config.server_name.has_value()}}) {
    Put(number, text);
  }
  Put(settings.peer_name, text);
  Put(settings.identity == nullptr ? std::string() : settings.identity->digest(), text);
  for (const auto* list :
       {&config.cipher_suites, &config.groups, &config.signature_algorithms, &config.alpn_protocols,
        &config.trust_roots, &config.spki_pins, &config.crls}) {
    Put(*list, text);
  }
  Put(config.server_name.value_or(""), text);
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const uint8_t*>(text.data()), text.size(),
         reinterpret_cast<uint8_t*>(digest.data()));
  return digest;
}

}  // namespace streampair
