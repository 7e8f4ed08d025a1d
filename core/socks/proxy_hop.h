#ifndef STREAMPAIR_CORE_SOCKS_PROXY_HOP_H_
#define STREAMPAIR_CORE_SOCKS_PROXY_HOP_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/addr/host_port.h"

namespace streampair {

// How a proxy is asked to connect.
enum class ProxyProtocol : uint8_t {
  kSocks4,  // With an address, or with a name (4a).
  kSocks5,  // RFC 1928, with RFC 1929 for the login.
  kHttp,    // CONNECT (RFC 9110 section 9.3.6), with basic authentication (RFC 7617).
};

// One proxy on the way. The limits below hold by the time that one is made (server/convert checks
// what a client sends); a longer text would not fit its length byte.
struct ProxyHop {
  static constexpr size_t kMaxSocks5Text = 255;  // User and password, each, in bytes.
  static constexpr size_t kMaxSocks4User = 512;  // And no NUL in it.
  static constexpr size_t kMaxHttpText = 1024;   // User and password, each; no ':' in the user.

  ProxyProtocol protocol = ProxyProtocol::kSocks5;
  HostPort proxy;
  std::string user;
  std::string password;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_SOCKS_PROXY_HOP_H_
