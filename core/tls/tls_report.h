#ifndef STREAMPAIR_CORE_TLS_TLS_REPORT_H_
#define STREAMPAIR_CORE_TLS_TLS_REPORT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "core/tls/peer_trust.h"
#include "core/tls/tls_config.h"

namespace streampair {

// What a handshake agreed on. What the peer sent is as it was received.
struct TlsReport {
  TlsVersion version = TlsVersion::k1_2;
  std::string cipher_suite;         // IANA name.
  std::string group;                // "" with TLS 1.2's RSA key exchange.
  std::string signature_algorithm;  // The peer's, by its RFC 8446 name; "" if it did not sign.
  std::string alpn_protocol;
  bool resumed = false;
  std::string ocsp_response;
  std::string signed_certificate_timestamps;
  std::vector<std::string> key_log;  // In NSS format, if the context asks for it. Secret.
  absl::Time complete_time;
  absl::Duration duration;
};

// What is known of a TLS connection beside its bytes.
struct TlsFacts {
  std::optional<PeerTrust> trust;   // Once the peer's certificates were looked at.
  std::optional<TlsReport> report;  // Once the handshake ended well.
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TLS_TLS_REPORT_H_
