#include "core/tls/trust_roots.h"

#include <openssl/err.h>
#include <openssl/x509.h>

#include <algorithm>
#include <utility>

#include "core/tls/tls_objects.h"

namespace streampair {

TrustRoots::TrustRoots(const std::vector<std::string>& der, const TrustRoots* more)
    : store_(X509_STORE_new()) {
  for (const std::string& each : der) {
    bssl::UniquePtr<X509> root = CertificateFromDer(each);
    if (root != nullptr) roots_.push_back(std::move(root));
  }
  if (more != nullptr) {
    for (const bssl::UniquePtr<X509>& each : more->roots_) roots_.push_back(bssl::UpRef(each));
  }
  for (const bssl::UniquePtr<X509>& each : roots_) X509_STORE_add_cert(store_.get(), each.get());
  ERR_clear_error();  // A root given twice is reported as an error.
}

TrustRoots::~TrustRoots() = default;

bool TrustRoots::Contains(const std::string& der) const {
  return std::any_of(roots_.begin(), roots_.end(), [&der](const bssl::UniquePtr<X509>& each) {
    return ToDer(each.get()) == der;
  });
}

}  // namespace streampair
