#ifndef STREAMPAIR_CORE_SOCKS_SOCKS5_HANDSHAKE_H_
#define STREAMPAIR_CORE_SOCKS_SOCKS5_HANDSHAKE_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/socks/proxy_handshake.h"

namespace streampair {

// The client half of a SOCKS5 CONNECT (RFC 1928, RFC 1929). A name is left to the proxy to resolve,
// an address is sent as an address. A login is offered only with both a user and a password that
// are not empty, and a method that was not offered is an error: (SOCKS, 4, method). The version
// byte of a login's answer is not looked at, since there are proxies that send 5 there.
//
// Memory is bounded by one message (262 bytes).
class Socks5Handshake : public ProxyHandshake {
 public:
  // Requires: the hop's texts keep their limits.
  Socks5Handshake(const ProxyHop& hop, HostPort target);

 protected:
  void Begin() override;
  void OnByte(char byte) override;
  Error BadState() const override;

 private:
  enum class Expect : uint8_t { kMethod, kLogin, kReply };
  bool has_login() const { return !user_.empty() && !password_.empty(); }
  void OnMethod(uint8_t method);
  void SendLogin();
  void SendRequest();
  void OnReplyByte(uint8_t byte);

  const HostPort target_;
  const std::string user_;
  const std::string password_;
  Expect expect_ = Expect::kMethod;
  std::string message_;    // The one being received.
  size_t reply_size_ = 0;  // Of the reply, once its address type is known.
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_SOCKS_SOCKS5_HANDSHAKE_H_
