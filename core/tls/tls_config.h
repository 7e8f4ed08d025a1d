#ifndef STREAMPAIR_CORE_TLS_TLS_CONFIG_H_
#define STREAMPAIR_CORE_TLS_TLS_CONFIG_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/tls/tls_identity.h"

namespace streampair {

// How a pair is secured: the contract's security levels.
enum class TlsLevel : uint8_t { kNone, kSslV2, kSslV3, kTlsV1, kNegotiated };

// Versions by their numbers on the wire.
enum class TlsVersion : uint16_t { k1_0 = 0x0301, k1_1 = 0x0302, k1_2 = 0x0303, k1_3 = 0x0304 };

// The lowest version of level kNegotiated, unless a context says otherwise.
constexpr TlsVersion kNegotiatedFloor = TlsVersion::k1_2;

// Which name of the peer is verified.
enum class PeerNameRule : uint8_t {
  kTarget,  // The target's; none if only its address is known.
  kGiven,   // The one given.
  kNone     // None.
};

// The contract's SSL settings. A default-made value is TLS with defaults.
struct TlsSettings {
  TlsLevel level = TlsLevel::kNegotiated;
  bool allows_expired_certificates = false;
  bool allows_expired_roots = false;
  bool allows_any_root = false;
  bool validates_certificate_chain = true;
  PeerNameRule peer_name_rule = PeerNameRule::kTarget;
  std::string peer_name;  // With kGiven.
  std::shared_ptr<const TlsIdentity> identity;
  bool is_server = false;
};

// The contract's SSL context: the settings and all that can be chosen beside them. Lists are in
// order of preference; an empty one means the built-in choice.
struct TlsConfig {
  TlsSettings settings;
  std::optional<TlsVersion> min_version;
  std::optional<TlsVersion> max_version;
  std::vector<std::string> cipher_suites;         // TLS 1.2, by OpenSSL name.
  std::vector<std::string> groups;                // By name, "X25519".
  std::vector<std::string> signature_algorithms;  // By RFC 8446 name.
  std::vector<std::string> alpn_protocols;
  std::optional<std::string> server_name;  // SNI instead of the verified name; "": none.
  std::vector<std::string> trust_roots;    // DER. Empty: the system's.
  bool trust_system_roots = false;         // The system's beside trust_roots.
  std::vector<std::string> spki_pins;      // SHA-256, 32 bytes each.
  std::vector<std::string> crls;           // DER.
  bool session_resumption = false;
  bool key_log = false;
  bool request_client_certificate = false;  // Server side.
};

// Everything in `config` as one hash: two configurations that differ anywhere differ here.
std::string ConfigDigest(const TlsConfig& config);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TLS_TLS_CONFIG_H_
