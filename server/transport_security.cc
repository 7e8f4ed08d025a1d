#include "server/transport_security.h"

#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/streampair_errors.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_credentials_options.h"
#include "server/caller_revocation.h"

namespace streampair {
namespace {

constexpr unsigned kLookEverySeconds = 1;

std::optional<Error> CheckPem(const char* flag, const std::string& path, const char* kind) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return InvalidRequest(absl::StrCat(flag, " ", path, ": cannot be read"));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (absl::StrContains(text, kind)) return std::nullopt;
  return InvalidRequest(absl::StrCat(flag, " ", path, ": holds no PEM with \"", kind, "\""));
}

}  // namespace

bool AuthenticatesCallers(const ServerOptions& options) { return !options.tls_client_ca.empty(); }

Result<std::shared_ptr<grpc::ServerCredentials>> TcpCredentials(const ServerOptions& options) {
  if (options.tls_cert.empty()) return grpc::InsecureServerCredentials();
  if (auto error = CheckPem("--tls-cert", options.tls_cert, "BEGIN CERTIFICATE")) return *error;
  if (auto error = CheckPem("--tls-key", options.tls_key, "PRIVATE KEY")) return *error;
  const bool mutual = AuthenticatesCallers(options);
  if (mutual) {
    auto error = CheckPem("--tls-client-ca", options.tls_client_ca, "BEGIN CERTIFICATE");
    if (error) return *error;
  }
  using grpc::experimental::FileWatcherCertificateProvider;
  const auto files =
      mutual ? std::make_shared<FileWatcherCertificateProvider>(
                   options.tls_key, options.tls_cert, options.tls_client_ca, kLookEverySeconds)
             : std::make_shared<FileWatcherCertificateProvider>(options.tls_key, options.tls_cert,
                                                                kLookEverySeconds);
  grpc::experimental::TlsServerCredentialsOptions tls(files);
  tls.watch_identity_key_cert_pairs();
  if (mutual) {
    tls.watch_root_certs();
    tls.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    if (!options.tls_crl.empty()) {
      auto verifier = MakeRevocationVerifier(options.tls_client_ca, options.tls_crl);
      if (!verifier.ok()) return verifier.error();
      tls.set_certificate_verifier(*verifier);
      tls.set_check_call_host(false);  // That is for a server's name, in place of a verifier.
    }
  } else {
    tls.set_cert_request_type(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  }
  return grpc::experimental::TlsServerCredentials(tls);
}

}  // namespace streampair
