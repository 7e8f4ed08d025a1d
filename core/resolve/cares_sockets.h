#ifndef STREAMPAIR_CORE_RESOLVE_CARES_SOCKETS_H_
#define STREAMPAIR_CORE_RESOLVE_CARES_SOCKETS_H_

struct ares_socket_functions;

namespace streampair {

// The system calls that c-ares is given instead of its own: its sockets are non-blocking and closed
// on exec from the start, and a name server that closes its TCP connection raises no SIGPIPE.
// Stateless; valid for ever.
const ares_socket_functions& CaresSocketFunctions();

}  // namespace streampair

#endif  // STREAMPAIR_CORE_RESOLVE_CARES_SOCKETS_H_
