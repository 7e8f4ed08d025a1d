#include "core/base/http_table.h"

namespace streampair {
namespace {

constexpr HttpClass kRequest = {Reason::kHttpRequestError, false};
constexpr HttpClass kDenied = {Reason::kHttpRequestDenied, false};
constexpr HttpClass kElsewhere = {Reason::kProxyInternalResponse, false};

// The symbols are ours: the phrases of the registry of HTTP status codes, as constants.
constexpr HttpRow kRows[] = {
    {{0, -1, "HTTP_UNREADABLE", "The proxy's answer is not an HTTP response, or is too long."},
     {Reason::kProxyInternalError, false}},
    {{0, 101, "HTTP_SWITCHING_PROTOCOLS", "The proxy changed to a protocol that nobody asked for."},
     kElsewhere},
    {{0, 301, "HTTP_MOVED_PERMANENTLY", "The proxy points elsewhere, for good."}, kElsewhere},
    {{0, 302, "HTTP_FOUND", "The proxy points elsewhere."}, kElsewhere},
    {{0, 303, "HTTP_SEE_OTHER", "The proxy points to another resource."}, kElsewhere},
    {{0, 307, "HTTP_TEMPORARY_REDIRECT", "The proxy points elsewhere, for now."}, kElsewhere},
    {{0, 308, "HTTP_PERMANENT_REDIRECT",
      "The proxy points elsewhere, for good, by the same "
      "method."},
     kElsewhere},
    {{0, 400, "HTTP_BAD_REQUEST", "The proxy does not take the request."}, kRequest},
    {{0, 401, "HTTP_UNAUTHORIZED", "The proxy asks for a login as a server would."}, kDenied},
    {{0, 403, "HTTP_FORBIDDEN", "The proxy's rules forbid this connection."}, kDenied},
    {{0, 404, "HTTP_NOT_FOUND", "The proxy does not know the target."},
     {Reason::kDestinationNotFound, false}},
    {{0, 405, "HTTP_METHOD_NOT_ALLOWED", "The peer does not offer CONNECT."},
     {Reason::kProxyConfigurationError, false}},
    {{0, 407, "HTTP_PROXY_AUTHENTICATION_REQUIRED", "The proxy wants a login, or another one."},
     kDenied},
    {{0, 408, "HTTP_REQUEST_TIMEOUT", "The proxy did not get the request in time."},
     {Reason::kConnectionTimeout, true}},
    {{0, 421, "HTTP_MISDIRECTED_REQUEST", "The peer is not made for this request."}, kRequest},
    {{0, 426, "HTTP_UPGRADE_REQUIRED", "The proxy wants another protocol."},
     {Reason::kProxyConfigurationError, false}},
    {{0, 429, "HTTP_TOO_MANY_REQUESTS", "The proxy has had too many requests."},
     {Reason::kConnectionLimitReached, true}},
    {{0, 431, "HTTP_HEADER_TOO_LARGE", "The proxy finds the request's header too long."}, kRequest},
    {{0, 451, "HTTP_UNAVAILABLE_FOR_LEGAL_REASONS", "The proxy may not connect to the target."},
     kDenied},
    {{0, 500, "HTTP_INTERNAL_SERVER_ERROR", "The proxy failed."},
     {Reason::kProxyInternalError, true}},
    {{0, 501, "HTTP_NOT_IMPLEMENTED", "The peer does not know CONNECT."},
     {Reason::kProxyConfigurationError, false}},
    {{0, 502, "HTTP_BAD_GATEWAY", "The proxy could not connect to the target."},
     {Reason::kDestinationUnavailable, true}},
    {{0, 503, "HTTP_SERVICE_UNAVAILABLE", "The proxy, or the target behind it, is not available."},
     {Reason::kDestinationUnavailable, true}},
    {{0, 504, "HTTP_GATEWAY_TIMEOUT", "The proxy's connection to the target timed out."},
     {Reason::kConnectionTimeout, true}},
    {{0, 505, "HTTP_VERSION_NOT_SUPPORTED", "The proxy does not speak HTTP/1.1."},
     {Reason::kProxyConfigurationError, false}},
    {{0, 511, "HTTP_NETWORK_AUTHENTICATION_REQUIRED", "The network wants a login first."}, kDenied},
};

}  // namespace

absl::Span<const HttpRow> HttpTable() { return kRows; }

const HttpRow* FindHttpRow(int32_t code) {
  for (const HttpRow& row : kRows) {
    if (row.name.code == code) return &row;
  }
  return nullptr;
}

}  // namespace streampair
