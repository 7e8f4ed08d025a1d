#ifndef STREAMPAIR_CORE_BASE_SOCKS_ERRORS_H_
#define STREAMPAIR_CORE_BASE_SOCKS_ERRORS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "core/base/error.h"

namespace streampair {

// Which part of an exchange a SOCKS error comes from: the contract's subdomains.
enum class SocksSubdomain : uint16_t {
  kNone = 0,            // The code is one of three numbers of the contract's own.
  kVersionCode = 1,     // The code is the version that the proxy answered with.
  kSocks4Response = 2,  // The code of a SOCKS4 reply.
  kSocks5UserPass = 3,  // The status of a login (RFC 1929).
  kSocks5Method = 4,    // The method that the proxy chose.
  kSocks5Response = 5,  // REP of a SOCKS5 reply (RFC 1928 section 6).
};

// The rows of the SOCKS domain, one function each; nothing else makes such a triple. Symbol,
// meaning, reason and retryability stand in socks_table.cc and, for callers, in docs/proxies.md.
// Stage proxy unless the row says otherwise. `proxy` is the proxy as text ("192.0.2.1:1080").

// (SOCKS, 0, 1): the reply's address is of no known type.
Error SocksBadReplyAddress(uint8_t type, absl::string_view proxy);

// (SOCKS, 0, 2), stage internal: the exchange was driven in a state that does not allow it.
Error SocksBadState(absl::string_view proxy);

// (SOCKS, 0, 2), stage request, http_request_error: a SOCKS proxy was set when the pair was open
// already.
Error SocksSetTooLate();

// (SOCKS, 0, 3), stage request: there is no SOCKS version of that number to ask for.
Error SocksUnknownClientVersion(int64_t version);

// (SOCKS, 1, version): the proxy answered with another version.
Error SocksVersionMismatch(uint8_t version, absl::string_view proxy);

// (SOCKS, 2, status): a SOCKS4 proxy refused.
Error Socks4Refused(uint8_t status, absl::string_view proxy);

// (SOCKS, 3, status): a SOCKS5 proxy rejected user name or password.
Error Socks5LoginRejected(uint8_t status, absl::string_view proxy);

// (SOCKS, 4, method): a SOCKS5 proxy accepts no method that was offered (0xFF), or chose one that
// was not.
Error Socks5NoMethod(uint8_t method, absl::string_view proxy);

// (SOCKS, 5, reply): a SOCKS5 proxy did not connect. Requires: not 0.
Error Socks5Refused(uint8_t reply, absl::string_view proxy);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_BASE_SOCKS_ERRORS_H_
