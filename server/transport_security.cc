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

std::optional<Error> CheckPem(const std::string& flag, const std::string& path, const char* kind) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return InvalidRequest(absl::StrCat(flag, " ", path, ": cannot be read"));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (absl::StrContains(text, kind)) return std::nullopt;
  return InvalidRequest(absl::StrCat(flag, " ", path, ": holds no PEM with \"", kind, "\""));
}

}  // namespace

bool AuthenticatesCallers(const ServerOptions& options) { return !options.tls_client_ca.empty(); }

Result<std::shared_ptr<grpc::ServerCredentials>> TcpCredentials(const ServerOptions& options) {
  return TcpCredentials(
      ListenerTls{options.tls_cert, options.tls_key, options.tls_client_ca, options.tls_crl});
}

Result<std::shared_ptr<grpc::ServerCredentials>> TcpCredentials(const ListenerTls& tls) {
  if (tls.cert.empty()) return grpc::InsecureServerCredentials();
  const std::string client_ca_name = absl::StrCat(tls.prefix, "client", tls.separator, "ca");
  if (auto error = CheckPem(tls.prefix + "cert", tls.cert, "BEGIN CERTIFICATE")) return *error;
  if (auto error = CheckPem(tls.prefix + "key", tls.key, "PRIVATE KEY")) return *error;
  const bool mutual = !tls.client_ca.empty();
  if (mutual) {
    if (auto error = CheckPem(client_ca_name, tls.client_ca, "BEGIN CERTIFICATE")) return *error;
  }
  using grpc::experimental::FileWatcherCertificateProvider;
  const auto files = mutual ? std::make_shared<FileWatcherCertificateProvider>(
                                  tls.key, tls.cert, tls.client_ca, kLookEverySeconds)
                            : std::make_shared<FileWatcherCertificateProvider>(tls.key, tls.cert,
                                                                               kLookEverySeconds);
  grpc::experimental::TlsServerCredentialsOptions options(files);
  options.watch_identity_key_cert_pairs();
  if (mutual) {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    if (!tls.crl.empty()) {
      auto verifier = MakeRevocationVerifier(tls.client_ca, tls.crl);
      if (!verifier.ok()) return verifier.error();
      options.set_certificate_verifier(*verifier);
      options.set_check_call_host(false);  // That is for a server's name, in place of a verifier.
    }
  } else {
    options.set_cert_request_type(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  }
  return grpc::experimental::TlsServerCredentials(options);
}

}  // namespace streampair
