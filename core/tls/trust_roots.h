#ifndef STREAMPAIR_CORE_TLS_TRUST_ROOTS_H_
#define STREAMPAIR_CORE_TLS_TRUST_ROOTS_H_

#include <openssl/base.h>

#include <memory>
#include <string>
#include <vector>

namespace streampair {

// Roots that are trusted. Immutable, thread-safe, shared by all that trust the same.
class TrustRoots {
 public:
  // From DER; what cannot be decoded is left out (checked before where it comes from a caller).
  // `more` is trusted as well, if given.
  explicit TrustRoots(const std::vector<std::string>& der, const TrustRoots* more = nullptr);
  TrustRoots(const TrustRoots&) = delete;
  TrustRoots& operator=(const TrustRoots&) = delete;
  ~TrustRoots();

  X509_STORE* store() const { return store_.get(); }
  size_t size() const { return roots_.size(); }
  bool Contains(const std::string& der) const;

 private:
  std::vector<bssl::UniquePtr<X509>> roots_;
  bssl::UniquePtr<X509_STORE> store_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TLS_TRUST_ROOTS_H_
