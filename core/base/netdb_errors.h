#ifndef STREAMPAIR_CORE_BASE_NETDB_ERRORS_H_
#define STREAMPAIR_CORE_BASE_NETDB_ERRORS_H_

#include <string>

#include "core/base/error.h"

namespace streampair {

// The NetDB rows of docs/errors.md that this server produces, one function per row. The
// codes are the EAI_ values of getaddrinfo, whichever resolver was asked, and one of the
// older h_errno family. Stage resolve unless the row says otherwise.

// (NetDB, 0, HOST_NOT_FOUND = 1), stage request, http_request_error: the name cannot be
// in the DNS as it stands (not ASCII, or a NUL in it), so nobody was asked.
Error HostNameNotAscii(std::string detail);

// (NetDB, 0, EAI_NONAME = -2), dns_error: the DNS says that there is no such name.
Error NameUnknown(std::string detail);

// (NetDB, 0, EAI_NODATA = -5), dns_error: the name exists, but has no address of a family
// that was asked for.
Error NoAddress(std::string detail);

// (NetDB, 0, EAI_AGAIN = -3), dns_timeout, retryable: no answer in time.
Error ResolverTimeout(std::string detail);

// (NetDB, 0, EAI_AGAIN = -3), dns_error, retryable: the server said that it cannot answer
// now (SERVFAIL), or could not be reached.
Error ResolverTemporaryFailure(std::string detail);

// (NetDB, 0, EAI_FAIL = -4), dns_error: refused, or an answer that makes no sense.
Error ResolverFailed(std::string detail);

// (NetDB, 0, EAI_MEMORY = -10), dns_error, retryable: no memory for the lookup.
Error ResolverOutOfMemory(std::string detail);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_BASE_NETDB_ERRORS_H_
