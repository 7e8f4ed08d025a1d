#ifndef STREAMPAIR_CORE_DIAL_DIAL_SOCKET_H_
#define STREAMPAIR_CORE_DIAL_DIAL_SOCKET_H_

#include "core/addr/ip_address.h"
#include "core/base/result.h"
#include "core/base/unique_fd.h"
#include "core/dial/dial_options.h"

namespace streampair {

// A TCP socket with everything in force that `options` asks for, its source included; not connected
// yet to `remote`. With no_cellular, a route by a cellular interface is (POSIX, EHOSTUNREACH). A
// source address of the other family is (POSIX, EAFNOSUPPORT); what the kernel refuses is
// (POSIX, errno): EADDRNOTAVAIL for an address that is not this machine's, EADDRINUSE, ENODEV for
// an interface that does not exist.
Result<UniqueFd> OpenDialSocket(const IpAddress& remote, const DialOptions& options);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_DIAL_DIAL_SOCKET_H_
