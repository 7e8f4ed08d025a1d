#ifndef STREAMPAIR_SERVER_TRANSPORT_SECURITY_H_
#define STREAMPAIR_SERVER_TRANSPORT_SECURITY_H_

#include <memory>
#include <string>

#include "core/base/result.h"
#include "grpcpp/security/server_credentials.h"
#include "server/options.h"

namespace streampair {

// The PEM files of a listener. `prefix` and `separator` make the names by which its complaints call
// them: "--tls-client-ca", "admin.tls.client_ca".
struct ListenerTls {
  std::string cert = "";  // Empty, with the key: in clear.
  std::string key = "";
  std::string client_ca = "";  // Empty: callers need no certificate.
  std::string crl = "";        // Empty: nobody's is revoked.
  std::string prefix = "--tls-";
  std::string separator = "-";
};

// How callers over TCP are spoken to: TLS with `cert` and `key`, and callers' certificates demanded
// if `client_ca` is given; in clear without these. The files are looked at every second, and new
// connections get what is in them then; a file that has become unreadable or does not fit leaves
// the one before in force. Fails if a file cannot be read now, or holds no PEM of its kind.
Result<std::shared_ptr<grpc::ServerCredentials>> TcpCredentials(const ListenerTls& tls);

// The same by the flags.
Result<std::shared_ptr<grpc::ServerCredentials>> TcpCredentials(const ServerOptions& options);

// Whether whoever calls over TCP has shown who he is.
bool AuthenticatesCallers(const ServerOptions& options);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_TRANSPORT_SECURITY_H_
