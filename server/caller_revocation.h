#ifndef STREAMPAIR_SERVER_CALLER_REVOCATION_H_
#define STREAMPAIR_SERVER_CALLER_REVOCATION_H_

#include <memory>
#include <string>

#include "core/base/result.h"
#include "grpcpp/security/tls_certificate_verifier.h"

namespace streampair {

// Verifies callers' certificates a second time, with revocation lists. gRPC's own support for them
// lets a caller in when a list is missing; here each certificate of a chain needs a list that is in
// date. Both files are read again when they have changed; one that has become unusable leaves what
// it held before in force. Fails if a file cannot be used now.
Result<std::shared_ptr<grpc::experimental::CertificateVerifier>> MakeRevocationVerifier(
    const std::string& ca_file, const std::string& crl_file);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CALLER_REVOCATION_H_
