#include "clients/cpp/tls_options.h"

namespace streampair::client {

v1::Property TlsProperty(const TlsOptions& options) {
  v1::Property property;
  v1::SslContext& context = *property.mutable_ssl_context();
  context.set_min_version(options.min_version);
  context.set_max_version(options.max_version);
  for (const std::string& name : options.alpn_protocols) context.add_alpn_protocols(name);
  if (options.server_name) context.set_server_name(*options.server_name);
  for (const std::string& root : options.trust_roots) context.add_trust_roots(root);
  context.set_trust_system_roots(options.trust_system_roots);
  for (const std::string& crl : options.crls) context.add_crls(crl);
  for (const std::string& pin : options.spki_sha256_pins) context.add_spki_sha256_pins(pin);
  v1::SslSettings& settings = *context.mutable_settings();
  // What is not asked for stays absent, so that the server's record names only what was.
  if (options.allow_expired_certificates) settings.set_allows_expired_certificates(true);
  if (options.allow_expired_roots) settings.set_allows_expired_roots(true);
  if (options.allow_any_root) settings.set_allows_any_root(true);
  if (options.allow_no_chain) settings.set_validates_certificate_chain(false);
  if (options.allow_other_peer_name) {
    settings.set_peer_name_null(v1::NULL_VALUE_UNSPECIFIED);
  } else if (!options.peer_name.empty()) {
    settings.set_peer_name_value(options.peer_name);
  }
  if (!options.identity_pem.empty()) settings.mutable_identity()->set_pem(options.identity_pem);
  return property;
}

}  // namespace streampair::client
