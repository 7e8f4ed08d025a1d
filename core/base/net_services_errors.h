#ifndef STREAMPAIR_CORE_BASE_NET_SERVICES_ERRORS_H_
#define STREAMPAIR_CORE_BASE_NET_SERVICES_ERRORS_H_

#include <string>

#include "core/base/error.h"

namespace streampair {

// The NetServices rows of docs/errors.md that this server produces, one function per row: what goes
// wrong on the way from a service's name to its host. Stage resolve unless the row says otherwise;
// what goes wrong with the host's own name is NetDB, and with its addresses POSIX.

// (NetServices, 0, -72000), dns_error, retryable: whoever knows about such services cannot be
// asked: no Avahi daemon, no D-Bus, no name server, or it failed.
Error ServiceUnavailable(std::string detail);

// (NetServices, 0, -72002), dns_error: there is no such service, or it is said not to be offered.
Error ServiceNotFound(std::string detail);

// (NetServices, 0, -72004), stage request, http_request_error: no service can have such a name,
// type or domain, so nobody was asked.
Error ServiceBadArgument(std::string detail);

// (NetServices, 0, -72006), dns_error: what is published about the service makes no sense.
Error ServiceInvalid(std::string detail);

// (NetServices, 0, -72007), dns_timeout, retryable: no answer in time. Multicast knows no other way
// to say that there is no such service.
Error ServiceTimeout(std::string detail);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_BASE_NET_SERVICES_ERRORS_H_
