#ifndef STREAMPAIR_CORE_TLS_PEER_VERIFIER_H_
#define STREAMPAIR_CORE_TLS_PEER_VERIFIER_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "core/tls/peer_trust.h"
#include "core/tls/trust_roots.h"

namespace streampair {

// How a peer is to be verified. Each switch suppresses its own failure and nothing else; only
// `validates` = false lets everything pass, and even then every fault is found and told. Pins hold
// in any case.
struct VerifyRules {
  const TrustRoots* roots = nullptr;
  bool allows_expired_certificates = false;
  bool allows_expired_roots = false;
  bool allows_any_root = false;
  bool validates = true;
  bool peer_is_server = true;     // Else a client: another purpose is asked of its certificate.
  std::string name;               // A DNS name or an IP literal; "": none is checked.
  std::vector<std::string> pins;  // SHA-256 of the leaf's SPKI. Empty: any.
  std::vector<std::string> crls;  // DER. With any, each certificate of the chain needs one.
  absl::Time now;
};

// Verifies `sent` (DER, leaf first). Faults come in the documented order: dates, root trust, name,
// others; among equals the one nearer to the leaf first. Pure.
PeerTrust VerifyPeer(const std::vector<std::string>& sent, const VerifyRules& rules);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TLS_PEER_VERIFIER_H_
