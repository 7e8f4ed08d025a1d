#ifndef STREAMPAIR_CORE_RESOLVE_ERRORS_H_
#define STREAMPAIR_CORE_RESOLVE_ERRORS_H_

#include "absl/strings/string_view.h"
#include "core/base/error.h"

namespace streampair {

// The NetDB rows of the public error table that a lookup can produce, one function per row; all of stage kResolve.
// `name` is the name asked for and goes into the text, `why` is what the resolver said.

Error NameNotFound(absl::string_view name);      // (NetDB, EAI_NONAME -2) dns_error: NXDOMAIN, or not a name at all.
Error NameHasNoAddress(absl::string_view name);  // (NetDB, EAI_NODATA -5) dns_error: exists, with no address asked for.
Error NothingToResolve();                        // (NetDB, EAI_NODATA -5) dns_error: neither a name nor an address.
Error LookupTimedOut(absl::string_view name);    // (NetDB, EAI_AGAIN -3) dns_timeout, retryable: no server answered.
Error NoServerReached(absl::string_view name, absl::string_view why);  // (NetDB, EAI_AGAIN -3) dns_error, retryable.
Error ServerFailed(absl::string_view name);      // (NetDB, EAI_FAIL -4) dns_error, retryable: SERVFAIL.
Error LookupFailed(absl::string_view name, absl::string_view why);  // (NetDB, EAI_FAIL -4) dns_error: refused, malformed.
Error FamilyNotSupported(absl::string_view name);    // (NetDB, EAI_FAMILY -6) dns_error.
Error ServiceNotSupported(absl::string_view name);   // (NetDB, EAI_SERVICE -8) dns_error.
Error ResolverOutOfMemory(absl::string_view name);   // (NetDB, EAI_MEMORY -10) dns_error, retryable.

}  // namespace streampair

#endif  // STREAMPAIR_CORE_RESOLVE_ERRORS_H_
