#include "server/convert/tls_settings.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/addr/host_spec.h"
#include "core/base/streampair_errors.h"
#include "core/tls/tls_objects.h"

namespace streampair {
namespace {

TlsLevel LevelFromProto(v1::SecurityLevel level, absl::string_view field, RequestCheck& check) {
  switch (level) {
    case v1::SECURITY_LEVEL_UNSPECIFIED:
    case v1::SECURITY_LEVEL_NEGOTIATED_SSL:
      return TlsLevel::kNegotiated;
    case v1::SECURITY_LEVEL_NONE:
      return TlsLevel::kNone;
    case v1::SECURITY_LEVEL_SSL_V2:
      return TlsLevel::kSslV2;
    case v1::SECURITY_LEVEL_SSL_V3:
      return TlsLevel::kSslV3;
    case v1::SECURITY_LEVEL_TLS_V1:
      return TlsLevel::kTlsV1;
    default:
      check.Refuse(field, absl::StrCat("unknown level ", static_cast<int>(level)));
      return TlsLevel::kNegotiated;
  }
}

v1::SecurityLevel LevelToProto(TlsLevel level) {
  switch (level) {
    case TlsLevel::kNone:
      return v1::SECURITY_LEVEL_NONE;
    case TlsLevel::kSslV2:
      return v1::SECURITY_LEVEL_SSL_V2;
    case TlsLevel::kSslV3:
      return v1::SECURITY_LEVEL_SSL_V3;
    case TlsLevel::kTlsV1:
      return v1::SECURITY_LEVEL_TLS_V1;
    case TlsLevel::kNegotiated:
      return v1::SECURITY_LEVEL_NEGOTIATED_SSL;
  }
  return v1::SECURITY_LEVEL_UNSPECIFIED;
}

void IdentityFromProto(const v1::SslSettings& proto, const std::string& field, RequestCheck& check,
                       TlsSettings& settings) {
  const std::string chain_field = Member(field, "certificate_chain");
  if (!proto.has_identity()) {
    if (proto.certificate_chain_size() > 0)
      check.Refuse(chain_field, "certificates need an identity before them");
    return;
  }
  if (proto.certificate_chain_size() > static_cast<int>(TlsIdentity::kMaxChain))
    return check.Refuse(chain_field, absl::StrCat("must be at most ", TlsIdentity::kMaxChain));
  std::vector<std::string> chain;
  for (int i = 0; i < proto.certificate_chain_size(); ++i) {
    const auto parsed = ParseCertificates(proto.certificate_chain(i));
    if (!parsed.ok()) return check.Refuse(Element(chain_field, i), parsed.error());
    chain.insert(chain.end(), parsed->begin(), parsed->end());
  }
  const v1::Identity& identity = proto.identity();
  const std::string identity_field = Member(field, "identity");
  Result<std::shared_ptr<const TlsIdentity>> made = InvalidRequest("");
  switch (identity.source_case()) {
    case v1::Identity::kPem:
      made = TlsIdentity::FromPem(identity.pem(), std::move(chain));
      break;
    case v1::Identity::kDer:
      made = TlsIdentity::Make(identity.der().certificate(), identity.der().private_key(),
                               std::move(chain));
      break;
    case v1::Identity::kServerIdentity:
      return check.NotOffered(Member(identity_field, "server_identity"),
                              "identities kept on the server");
    case v1::Identity::SOURCE_NOT_SET:
      return check.Refuse(identity_field, "one of pem, der and server_identity must be given");
  }
  if (!made.ok()) return check.Refuse(identity_field, made.error());
  settings.identity = *std::move(made);
}

}  // namespace

TlsSettings SslSettingsFromProto(const v1::SslSettings& proto, absl::string_view field,
                                 RequestCheck& check) {
  TlsSettings settings;
  settings.level = LevelFromProto(proto.level(), Member(field, "level"), check);
  settings.allows_expired_certificates = proto.allows_expired_certificates();
  settings.allows_expired_roots = proto.allows_expired_roots();
  settings.allows_any_root = proto.allows_any_root();
  if (proto.has_validates_certificate_chain())
    settings.validates_certificate_chain = proto.validates_certificate_chain();
  settings.is_server = proto.is_server();
  switch (proto.peer_name_case()) {
    case v1::SslSettings::kPeerNameValue: {
      const Result<HostSpec> name = ParseHost(proto.peer_name_value());
      if (!name.ok()) check.Refuse(Member(field, "peer_name_value"), name.error());
      settings.peer_name_rule = PeerNameRule::kGiven;
      settings.peer_name = proto.peer_name_value();
      break;
    }
    case v1::SslSettings::kPeerNameNull:
      settings.peer_name_rule = PeerNameRule::kNone;
      break;
    case v1::SslSettings::PEER_NAME_NOT_SET:
      break;
  }
  IdentityFromProto(proto, std::string(field), check, settings);
  return settings;
}

void ApplyTlsConfig(TlsConfig config, TlsSetBy set_by, absl::string_view field, RequestCheck& check,
                    PairOptions& options) {
  static const TlsContext::Surroundings* const none =
      new TlsContext::Surroundings{std::make_shared<TrustRoots>(std::vector<std::string>())};
  const TlsContext::Surroundings& surroundings =
      options.tls_surroundings == nullptr ? *none : *options.tls_surroundings;
  auto context = TlsContext::Make(std::move(config), surroundings);
  if (!context.ok()) return check.Refuse(field, context.error());
  options.tls = *std::move(context);
  options.tls_set_by = set_by;
}

void ApplySecurityLevel(v1::SecurityLevel level, absl::string_view field, RequestCheck& check,
                        PairOptions& options) {
  if (level == v1::SECURITY_LEVEL_UNSPECIFIED) return check.Refuse(field, "a level must be given");
  RequestCheck own;
  TlsConfig config;
  config.settings.level = LevelFromProto(level, field, own);
  if (own.ok()) ApplyTlsConfig(std::move(config), TlsSetBy::kLevel, field, own, options);
  check.Absorb(std::move(own));
}

void ApplySslSettings(const v1::SslSettings& proto, absl::string_view field, RequestCheck& check,
                      PairOptions& options) {
  RequestCheck own;
  TlsConfig config;
  config.settings = SslSettingsFromProto(proto, field, own);
  if (own.ok()) ApplyTlsConfig(std::move(config), TlsSetBy::kSettings, field, own, options);
  check.Absorb(std::move(own));
}

v1::SslSettings SslSettingsToProto(const TlsSettings& settings) {
  v1::SslSettings proto;
  proto.set_level(LevelToProto(settings.level));
  proto.set_allows_expired_certificates(settings.allows_expired_certificates);
  proto.set_allows_expired_roots(settings.allows_expired_roots);
  proto.set_allows_any_root(settings.allows_any_root);
  proto.set_validates_certificate_chain(settings.validates_certificate_chain);
  proto.set_is_server(settings.is_server);
  if (settings.peer_name_rule == PeerNameRule::kGiven)
    proto.set_peer_name_value(settings.peer_name);
  if (settings.peer_name_rule == PeerNameRule::kNone)
    proto.set_peer_name_null(v1::NULL_VALUE_UNSPECIFIED);
  if (settings.identity != nullptr) {
    const std::vector<std::string>& certificates = settings.identity->certificates();
    proto.mutable_identity()->mutable_der()->set_certificate(certificates[0]);
    for (size_t i = 1; i < certificates.size(); ++i) proto.add_certificate_chain(certificates[i]);
  }
  return proto;
}

v1::SecurityLevel SecurityLevelOf(const PairOptions& options, const PairSnapshot& snapshot) {
  if (snapshot.tls != nullptr && snapshot.tls->report.has_value()) {
    return snapshot.tls->report->version == TlsVersion::k1_0 ? v1::SECURITY_LEVEL_TLS_V1
                                                             : v1::SECURITY_LEVEL_NEGOTIATED_SSL;
  }
  return LevelToProto(options.tls->config().settings.level);
}

v1::SecurityLevel LevelOfProtocol(v1::SecurityProtocol protocol, absl::string_view field,
                                  RequestCheck& check) {
  switch (protocol) {
    case v1::SECURITY_PROTOCOL_NONE:
      return v1::SECURITY_LEVEL_NONE;
    case v1::SECURITY_PROTOCOL_SSL_V2:
      return v1::SECURITY_LEVEL_SSL_V2;
    case v1::SECURITY_PROTOCOL_SSL_V3:
      return v1::SECURITY_LEVEL_SSL_V3;
    case v1::SECURITY_PROTOCOL_SSL_V23:
      return v1::SECURITY_LEVEL_NEGOTIATED_SSL;
    case v1::SECURITY_PROTOCOL_TLS_V1:
      return v1::SECURITY_LEVEL_TLS_V1;
    default:
      check.Refuse(field, absl::StrCat("unknown protocol ", static_cast<int>(protocol)));
      return v1::SECURITY_LEVEL_UNSPECIFIED;
  }
}

}  // namespace streampair
