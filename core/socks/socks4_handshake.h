#ifndef STREAMPAIR_CORE_SOCKS_SOCKS4_HANDSHAKE_H_
#define STREAMPAIR_CORE_SOCKS_SOCKS4_HANDSHAKE_H_

#include <string>

#include "core/socks/proxy_handshake.h"

namespace streampair {

// The client half of a SOCKS4 CONNECT: an IPv4 address is sent as it is, a name in the form of
// SOCKS4a. Whoever makes it decides who resolves. An IPv6 address cannot be sent: (POSIX, EINVAL)
// at once, as the contract has it.
//
// Memory is bounded by one message (8 bytes).
class Socks4Handshake : public ProxyHandshake {
 public:
  // Requires: the user keeps its limits. The password has no place in the protocol.
  Socks4Handshake(const ProxyHop& hop, HostPort target);

 protected:
  void Begin() override;
  void OnByte(char byte) override;
  Error BadState() const override;

 private:
  const HostPort target_;
  const std::string user_;
  std::string reply_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_SOCKS_SOCKS4_HANDSHAKE_H_
