#ifndef STREAMPAIR_CORE_SOCKS_HTTP_CONNECT_HANDSHAKE_H_
#define STREAMPAIR_CORE_SOCKS_HTTP_CONNECT_HANDSHAKE_H_

#include <cstddef>
#include <string>

#include "core/socks/proxy_handshake.h"

namespace streampair {

// The client half of an HTTP/1.1 CONNECT, with basic authentication if there is a user. Names are
// left to the proxy to resolve. A status of 2xx is success, and the bytes after the header are the
// stream's, whatever lengths the header claims (RFC 9110 section 9.3.6); interim answers (1xx but
// 101) are skipped; any other status is (HTTP, 0, status). What is no HTTP/1 answer, or has more
// than kMaxHeader bytes of header, is (HTTP, 0, -1).
//
// The password is sent at once, without a challenge: Basic has nothing to wait for.
class HttpConnectHandshake : public ProxyHandshake {
 public:
  static constexpr size_t kMaxHeader = 16 * 1024;  // Interim answers included.

  HttpConnectHandshake(const ProxyHop& hop, HostPort target);

 protected:
  void Begin() override;
  void OnByte(char byte) override;
  Error BadState() const override;

 private:
  void OnStatusLine();
  void OnHeaderLine();

  const HostPort target_;
  const std::string user_;
  const std::string password_;
  size_t header_bytes_ = 0;
  int status_ = 0;    // 0: its line is still to come.
  std::string line_;  // The one being received.
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_SOCKS_HTTP_CONNECT_HANDSHAKE_H_
