#ifndef STREAMPAIR_SERVER_TLS_SURROUNDINGS_H_
#define STREAMPAIR_SERVER_TLS_SURROUNDINGS_H_

#include <memory>

#include "core/base/result.h"
#include "core/tls/tls_context.h"
#include "server/options.h"

namespace streampair {

// What the TLS contexts of a server share: the roots of --trust-roots-file, the sessions to resume,
// what the operator permits. Fails if a file that was asked for cannot be read or has no
// certificate; without one, the system's is taken if it is there.
Result<std::shared_ptr<const TlsContext::Surroundings>> MakeTlsSurroundings(
    const ServerOptions& options);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_TLS_SURROUNDINGS_H_
