#ifndef STREAMPAIR_CORE_BASE_HTTP_ERRORS_H_
#define STREAMPAIR_CORE_BASE_HTTP_ERRORS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "core/base/error.h"

namespace streampair {

// The rows of the HTTP domain: what an HTTP proxy answered to CONNECT. Stage proxy. `proxy` is the
// proxy as text ("192.0.2.1:3128"). Symbol, meaning, reason and retryability stand in http_table.cc
// and, for callers, in docs/proxies.md.

// (HTTP, 0, -1): the answer is no HTTP/1 response, or one that is too long.
Error HttpUnreadable(std::string detail, absl::string_view proxy);

// (HTTP, 0, status): the proxy answered with a status other than 2xx. Requires: 100 to 999, and
// not 2xx.
Error HttpStatus(int status, absl::string_view proxy);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_BASE_HTTP_ERRORS_H_
