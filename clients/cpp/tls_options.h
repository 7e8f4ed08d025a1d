#ifndef STREAMPAIR_CLIENTS_CPP_TLS_OPTIONS_H_
#define STREAMPAIR_CLIENTS_CPP_TLS_OPTIONS_H_

#include <optional>
#include <string>
#include <vector>

#include "streampair/v1/property.pb.h"

namespace streampair::client {

// TLS from the server to the target. The defaults verify everything, by the server's own roots and
// the target's name. Nothing is checked here; docs/tls.md says what the server makes of it.
struct TlsOptions {
  // The name to verify, and to send. Empty: the target's.
  std::string peer_name = {};
  // The name to send, where it is another one. Empty text: none.
  std::optional<std::string> server_name = {};
  // Best first.
  std::vector<std::string> alpn_protocols = {};
  // Certificates as PEM or DER. Empty: the server's own roots.
  std::vector<std::string> trust_roots = {};
  // The server's own roots beside `trust_roots`.
  bool trust_system_roots = false;
  // As PEM or DER.
  std::vector<std::string> crls = {};
  // SHA-256 of public keys, 32 bytes each. Empty: any.
  std::vector<std::string> spki_sha256_pins = {};
  // What is sent to a target that asks: certificates and their key, as PEM. Empty: nothing.
  std::string identity_pem = {};
  v1::TlsVersion min_version = v1::TLS_VERSION_UNSPECIFIED;
  v1::TlsVersion max_version = v1::TLS_VERSION_UNSPECIFIED;

  // Each lets one kind of fault pass and no other, named as the server's policy names it.
  bool allow_expired_certificates = false;
  bool allow_expired_roots = false;
  bool allow_any_root = false;
  bool allow_no_chain = false;         // Every fault, the name's included.
  bool allow_other_peer_name = false;  // No name is verified.
};

// The property that says so, for a new pair or for Stream::StartTls.
v1::Property TlsProperty(const TlsOptions& options);

}  // namespace streampair::client

#endif  // STREAMPAIR_CLIENTS_CPP_TLS_OPTIONS_H_
