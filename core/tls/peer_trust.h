#ifndef STREAMPAIR_CORE_TLS_PEER_TRUST_H_
#define STREAMPAIR_CORE_TLS_PEER_TRUST_H_

#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/ssl_errors.h"

namespace streampair {

// One thing that is wrong with a peer's certificates.
struct PeerFault {
  SslCode code;
  int depth;  // 0 is the leaf.
  std::string text;
  bool suppressed = false;  // By exactly the switch for it.
};

// What verifying a peer's certificates showed.
struct PeerTrust {
  std::vector<std::string> sent;      // DER, leaf first, as the peer sent them.
  std::vector<std::string> verified;  // DER, leaf first: the chain that was looked at.
  std::vector<PeerFault> faults;      // All, suppressed ones included; the one that counts first.
  std::string verified_name;  // The certificate's name that matched; "" if none was asked for.

  // Accepted without the help of any switch.
  bool trusted() const { return faults.empty(); }

  // Why the peer is refused; nothing if it is accepted.
  std::optional<Error> Refusal() const;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TLS_PEER_TRUST_H_
