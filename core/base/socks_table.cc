#include "core/base/socks_table.h"

namespace streampair {
namespace {

constexpr SocksClass kInternal = {Reason::kProxyInternalError, false};
constexpr SocksClass kConfiguration = {Reason::kProxyConfigurationError, false};
constexpr SocksClass kDenied = {Reason::kHttpRequestDenied, false};
constexpr SocksClass kUnroutable = {Reason::kDestinationIpUnroutable, true};

// The symbols are the contract's where it has one. 90 and a status of 0 mean success and are never
// errors.
constexpr SocksRow kRows[] = {
    {{0, 1, "kCFStreamErrorSOCKS5BadResponseAddr",
      "The proxy's reply has an address of no known "
      "type."},
     kInternal},
    {{0, 2, "kCFStreamErrorSOCKS5BadState", "The exchange is in a state that does not allow this."},
     kInternal},
    {{0, 3, "kCFStreamErrorSOCKSUnknownClientVersion", "There is no such SOCKS version to use."},
     {Reason::kHttpRequestError, false}},

    {{1, 0, "SOCKS_VERSION_0", "The peer speaks no SOCKS5; a SOCKS4 reply begins with a zero."},
     kConfiguration},
    {{1, 1, "SOCKS_VERSION_1",
      "The peer answered with version 1, which is a login's and no "
      "proxy's."},
     kConfiguration},
    {{1, 4, "SOCKS_VERSION_4", "The proxy wants SOCKS version 4."}, kConfiguration},
    {{1, 5, "SOCKS_VERSION_5", "The proxy wants SOCKS version 5."}, kConfiguration},
    {{1, 0x48, "SOCKS_VERSION_HTTP",
      "The answer begins with an H; the peer may be an HTTP server."},
     kConfiguration},

    {{2, 91, "kCFStreamErrorSOCKS4RequestFailed",
      "The proxy rejected the request or could not "
      "connect."},
     {Reason::kDestinationUnavailable, true}},
    {{2, 92, "kCFStreamErrorSOCKS4IdentdFailed", "The proxy could not reach an identd here."},
     kDenied},
    {{2, 93, "kCFStreamErrorSOCKS4IdConflict",
      "The identd here names another user than the "
      "request."},
     kDenied},

    {{3, 1, "SOCKS5_LOGIN_REJECTED", "The user name or password is not accepted."}, kDenied},
    {{3, 0xff, "SOCKS5_LOGIN_FAILED", "The user name or password is not accepted (status 255)."},
     kDenied},

    {{4, 0, "SOCKS5_METHOD_NONE", "The proxy wants no authentication, which was not offered."},
     kConfiguration},
    {{4, 1, "SOCKS5_METHOD_GSSAPI", "The proxy wants GSSAPI, which was not offered."},
     kConfiguration},
    {{4, 2, "SOCKS5_METHOD_USERNAME",
      "The proxy wants a user name and password; none was offered."},
     kDenied},
    {{4, 0xff, "kSOCKS5NoAcceptableMethod", "The proxy accepts none of the methods offered."},
     kDenied},

    {{5, 1, "SOCKS5_GENERAL_FAILURE", "The proxy failed for a reason that it does not tell."},
     {Reason::kProxyInternalError, true}},
    {{5, 2, "SOCKS5_NOT_ALLOWED", "The proxy's rules forbid this connection."},
     {Reason::kDestinationIpProhibited, false}},
    {{5, 3, "SOCKS5_NETWORK_UNREACHABLE", "The proxy has no way to the target's network."},
     kUnroutable},
    {{5, 4, "SOCKS5_HOST_UNREACHABLE", "The proxy cannot reach the target or resolve its name."},
     kUnroutable},
    {{5, 5, "SOCKS5_CONNECTION_REFUSED", "The target refused the proxy's connection."},
     {Reason::kConnectionRefused, true}},
    {{5, 6, "SOCKS5_TTL_EXPIRED", "The proxy's connection to the target timed out."},
     {Reason::kConnectionTimeout, true}},
    {{5, 7, "SOCKS5_COMMAND_NOT_SUPPORTED", "The proxy does not offer CONNECT."}, kConfiguration},
    {{5, 8, "SOCKS5_ADDRESS_NOT_SUPPORTED", "The proxy does not take addresses of that type."},
     kConfiguration},
    {{5, 0xff, "SOCKS5_UNASSIGNED", "The proxy refused with a reply that no document names."},
     kInternal},
};

}  // namespace

absl::Span<const SocksRow> SocksTable() { return kRows; }

SocksClass UnnamedSocks(uint16_t subdomain) {
  switch (subdomain) {
    case 1:  // Another version.
    case 4:  // A method that was not offered.
      return kConfiguration;
    case 3:  // Whatever the status, the login is rejected.
      return kDenied;
    default:
      return kInternal;
  }
}

const SocksRow* FindSocksRow(uint16_t subdomain, int32_t code) {
  for (const SocksRow& row : kRows) {
    if (row.name.subdomain == subdomain && row.name.code == code) return &row;
  }
  return nullptr;
}

}  // namespace streampair
