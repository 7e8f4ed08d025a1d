#include "server/convert/tls_context.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/addr/host_spec.h"
#include "core/tls/tls_objects.h"
#include "server/convert/tls_facts.h"
#include "server/convert/tls_settings.h"

namespace streampair {
namespace {

constexpr int kMaxElements = 64;
constexpr size_t kPinBytes = 32;  // SHA-256.

std::optional<TlsVersion> VersionFromProto(v1::TlsVersion version, absl::string_view field,
                                           RequestCheck& check) {
  switch (version) {
    case v1::TLS_VERSION_UNSPECIFIED:
      return std::nullopt;
    case v1::TLS_VERSION_1_0:
      return TlsVersion::k1_0;
    case v1::TLS_VERSION_1_1:
      return TlsVersion::k1_1;
    case v1::TLS_VERSION_1_2:
      return TlsVersion::k1_2;
    case v1::TLS_VERSION_1_3:
      return TlsVersion::k1_3;
    default:
      check.Refuse(field, absl::StrCat("unknown version ", static_cast<int>(version)));
      return std::nullopt;
  }
}

template <typename List>
std::vector<std::string> ListFromProto(const List& list, const std::string& field,
                                       RequestCheck& check) {
  if (list.size() > kMaxElements) {
    check.Refuse(field, absl::StrCat("must be at most ", kMaxElements, ", are ", list.size()));
    return {};
  }
  return std::vector<std::string>(list.begin(), list.end());
}

template <typename List, typename Parse>
std::vector<std::string> ParsedFromProto(const List& list, const std::string& field, Parse parse,
                                         RequestCheck& check) {
  std::vector<std::string> all;
  const std::vector<std::string> given = ListFromProto(list, field, check);
  for (size_t i = 0; i < given.size(); ++i) {
    const Result<std::vector<std::string>> parsed = parse(given[i]);
    if (!parsed.ok()) {
      check.Refuse(Element(field, static_cast<int>(i)), parsed.error());
      continue;
    }
    all.insert(all.end(), parsed->begin(), parsed->end());
  }
  return all;
}

void PinsFromProto(const v1::SslContext& proto, const std::string& field, RequestCheck& check,
                   TlsConfig& config) {
  config.spki_pins = ListFromProto(proto.spki_sha256_pins(), field, check);
  for (size_t i = 0; i < config.spki_pins.size(); ++i) {
    if (config.spki_pins[i].size() != kPinBytes)
      check.Refuse(Element(field, static_cast<int>(i)),
                   absl::StrCat("must have ", kPinBytes, " bytes"));
  }
}

}  // namespace

void ApplySslContext(const v1::SslContext& proto, absl::string_view field, RequestCheck& check,
                     PairOptions& options) {
  RequestCheck own;
  TlsConfig config;
  config.settings = SslSettingsFromProto(proto.settings(), Member(field, "settings"), own);
  config.min_version = VersionFromProto(proto.min_version(), Member(field, "min_version"), own);
  config.max_version = VersionFromProto(proto.max_version(), Member(field, "max_version"), own);
  config.cipher_suites = ListFromProto(proto.cipher_suites(), Member(field, "cipher_suites"), own);
  config.groups = ListFromProto(proto.groups(), Member(field, "groups"), own);
  config.signature_algorithms =
      ListFromProto(proto.signature_algorithms(), Member(field, "signature_algorithms"), own);
  config.alpn_protocols =
      ListFromProto(proto.alpn_protocols(), Member(field, "alpn_protocols"), own);
  if (proto.has_server_name()) {
    if (!proto.server_name().empty()) {
      const Result<HostSpec> name = ParseHost(proto.server_name());
      if (!name.ok()) own.Refuse(Member(field, "server_name"), name.error());
    }
    config.server_name = proto.server_name();
  }
  config.trust_roots =
      ParsedFromProto(proto.trust_roots(), Member(field, "trust_roots"), ParseCertificates, own);
  config.trust_system_roots = proto.trust_system_roots();
  PinsFromProto(proto, Member(field, "spki_sha256_pins"), own, config);
  config.crls = ParsedFromProto(proto.crls(), Member(field, "crls"), ParseCrls, own);
  config.session_resumption = proto.session_resumption();
  config.key_log = proto.key_log();
  config.request_client_certificate = proto.request_client_certificate();
  if (own.ok()) ApplyTlsConfig(std::move(config), TlsSetBy::kContext, field, own, options);
  check.Absorb(std::move(own));
}

v1::SslContext SslContextToProto(const TlsConfig& config) {
  v1::SslContext proto;
  if (config.min_version) proto.set_min_version(TlsVersionToProto(*config.min_version));
  if (config.max_version) proto.set_max_version(TlsVersionToProto(*config.max_version));
  for (const std::string& each : config.cipher_suites) proto.add_cipher_suites(each);
  for (const std::string& each : config.groups) proto.add_groups(each);
  for (const std::string& each : config.signature_algorithms) proto.add_signature_algorithms(each);
  for (const std::string& each : config.alpn_protocols) proto.add_alpn_protocols(each);
  if (config.server_name) proto.set_server_name(*config.server_name);
  for (const std::string& each : config.trust_roots) proto.add_trust_roots(each);
  proto.set_trust_system_roots(config.trust_system_roots);
  for (const std::string& each : config.spki_pins) proto.add_spki_sha256_pins(each);
  for (const std::string& each : config.crls) proto.add_crls(each);
  proto.set_session_resumption(config.session_resumption);
  proto.set_key_log(config.key_log);
  *proto.mutable_settings() = SslSettingsToProto(config.settings);
  proto.set_request_client_certificate(config.request_client_certificate);
  return proto;
}

}  // namespace streampair
