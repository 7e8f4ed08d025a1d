#include "server/caller_revocation.h"

#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "core/base/streampair_errors.h"
#include "core/tls/peer_verifier.h"
#include "core/tls/tls_objects.h"
#include "core/tls/trust_roots.h"
#include "server/status_map.h"

namespace streampair {
namespace {

// What changes when a file is written or replaced.
struct FileMark {
  bool exists = false;
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  int64_t seconds = 0;
  int64_t nanoseconds = 0;

  static FileMark Of(const std::string& path) {
    struct stat facts = {};
    if (stat(path.c_str(), &facts) != 0) return {};
    return {true,          facts.st_dev,         facts.st_ino,
            facts.st_size, facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec};
  }
  friend bool operator==(const FileMark&, const FileMark&) = default;
};

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What the two files hold.
struct Material {
  std::shared_ptr<const TrustRoots> roots;
  std::vector<std::string> crls;
};

Result<Material> Load(const std::string& ca_file, const std::string& crl_file) {
  Material material;
  material.roots = std::make_shared<TrustRoots>(ParseBundle(ReadAll(ca_file)));
  if (material.roots->size() == 0) {
    return InvalidRequest(absl::StrCat("--tls-client-ca ", ca_file, ": holds no certificate"));
  }
  auto crls = ParseCrlBundle(ReadAll(crl_file));
  if (!crls.ok()) {
    return InvalidRequest(absl::StrCat("--tls-crl ", crl_file, ": ", crls.error().detail()));
  }
  material.crls = *std::move(crls);
  return material;
}

class RevocationVerifier final : public grpc::experimental::ExternalCertificateVerifier {
 public:
  RevocationVerifier(std::string ca_file, std::string crl_file, Material material)
      : ca_file_(std::move(ca_file)),
        crl_file_(std::move(crl_file)),
        ca_mark_(FileMark::Of(ca_file_)),
        crl_mark_(FileMark::Of(crl_file_)),
        material_(std::move(material)) {}

  bool Verify(grpc::experimental::TlsCustomVerificationCheckRequest* request,
              std::function<void(grpc::Status)>, grpc::Status* status) override {
    // On the server's side OpenSSL's chain is what comes with the caller's certificate, without it.
    const grpc::string_ref leaf = request->peer_cert();
    const grpc::string_ref others = request->peer_cert_full_chain();
    const auto chain =
        ParseCertificates(absl::StrCat(absl::string_view(leaf.data(), leaf.size()), "\n",
                                       absl::string_view(others.data(), others.size())));
    if (!chain.ok()) {
      *status = CallerRefusedStatus(std::string(chain.error().detail()));
      return true;
    }
    const Material material = Current();
    VerifyRules rules;
    rules.roots = material.roots.get();
    rules.crls = material.crls;
    rules.peer_is_server = false;
    rules.now = absl::Now();  // gRPC gives no clock to its verifiers.
    const PeerTrust trust = VerifyPeer(*chain, rules);
    if (!trust.trusted()) {
      *status = CallerRefusedStatus(trust.faults.front().text);
    }
    return true;
  }
  void Cancel(grpc::experimental::TlsCustomVerificationCheckRequest*) override {}

 private:
  Material Current() {
    absl::MutexLock lock(&mu_);
    const FileMark ca = FileMark::Of(ca_file_);
    const FileMark crl = FileMark::Of(crl_file_);
    if (ca == ca_mark_ && crl == crl_mark_) return material_;
    ca_mark_ = ca;
    crl_mark_ = crl;
    if (auto loaded = Load(ca_file_, crl_file_); loaded.ok()) material_ = *std::move(loaded);
    return material_;
  }

  const std::string ca_file_;
  const std::string crl_file_;
  absl::Mutex mu_;
  FileMark ca_mark_ ABSL_GUARDED_BY(mu_);
  FileMark crl_mark_ ABSL_GUARDED_BY(mu_);
  Material material_ ABSL_GUARDED_BY(mu_);
};

}  // namespace

Result<std::shared_ptr<grpc::experimental::CertificateVerifier>> MakeRevocationVerifier(
    const std::string& ca_file, const std::string& crl_file) {
  auto material = Load(ca_file, crl_file);
  if (!material.ok()) return material.error();
  return grpc::experimental::ExternalCertificateVerifier::Create<RevocationVerifier>(
      ca_file, crl_file, *std::move(material));
}

}  // namespace streampair
