#include "server/tls_surroundings.h"

#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/streampair_errors.h"
#include "core/tls/tls_objects.h"

namespace streampair {
namespace {

constexpr char kSystemRoots[] = "/etc/ssl/certs/ca-certificates.crt";
constexpr size_t kMaxSessions = 4096;

// One object, so that whoever holds a part of it holds all.
struct Shared {
  SessionCache sessions{kMaxSessions};
  TlsContext::Surroundings surroundings;
};

}  // namespace

Result<std::shared_ptr<const TlsContext::Surroundings>> MakeTlsSurroundings(
    const ServerOptions& options) {
  const bool asked_for = !options.trust_roots_file.empty();
  const std::string path = asked_for ? options.trust_roots_file : kSystemRoots;
  std::ifstream file(path, std::ios::binary);
  if (!file && asked_for)
    return InvalidRequest(absl::StrCat("--trust-roots-file ", path, ": cannot be read"));
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const std::vector<std::string> roots = ParseBundle(text);
  if (roots.empty() && asked_for)
    return InvalidRequest(absl::StrCat("--trust-roots-file ", path, ": has no certificate in PEM"));
  auto shared = std::make_shared<Shared>();
  shared->surroundings.system_roots = std::make_shared<TrustRoots>(roots);
  shared->surroundings.sessions = &shared->sessions;
  shared->surroundings.permits_key_log = options.permit_key_log;
  return std::shared_ptr<const TlsContext::Surroundings>(shared, &shared->surroundings);
}

}  // namespace streampair
