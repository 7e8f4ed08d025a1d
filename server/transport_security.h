#ifndef STREAMPAIR_SERVER_TRANSPORT_SECURITY_H_
#define STREAMPAIR_SERVER_TRANSPORT_SECURITY_H_

#include <memory>

#include "core/base/result.h"
#include "grpcpp/security/server_credentials.h"
#include "server/options.h"

namespace streampair {

// How callers over TCP are spoken to: TLS with the files of --tls-cert and --tls-key, and callers'
// certificates demanded if --tls-client-ca is given; in clear without these. The files are looked
// at every second, and new connections get what is in them then; a file that has become unreadable
// or does not fit leaves the one before in force. Fails if a file cannot be read now, or holds no
// PEM of its kind.
Result<std::shared_ptr<grpc::ServerCredentials>> TcpCredentials(const ServerOptions& options);

// Whether whoever calls over TCP has shown who he is.
bool AuthenticatesCallers(const ServerOptions& options);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_TRANSPORT_SECURITY_H_
