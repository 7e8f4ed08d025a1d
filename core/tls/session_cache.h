#ifndef STREAMPAIR_CORE_TLS_SESSION_CACHE_H_
#define STREAMPAIR_CORE_TLS_SESSION_CACHE_H_

#include <openssl/base.h>

#include <cstddef>
#include <list>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"

namespace streampair {

// Sessions to resume, by a key that holds everything two connections must have in common: who
// asked, where to, and the whole configuration. A session made by a lax configuration is thus never
// resumed by a strict one. Bounded: the one used longest ago goes. Thread-safe.
class SessionCache {
 public:
  explicit SessionCache(size_t limit);
  ~SessionCache();

  void Put(const std::string& key, bssl::UniquePtr<SSL_SESSION> session);

  // Takes the session out: tickets of TLS 1.3 are to be used once (RFC 8446 appendix C.4). Null if
  // there is none.
  bssl::UniquePtr<SSL_SESSION> Take(const std::string& key);

  size_t size() const;

 private:
  using Entry = std::pair<std::string, bssl::UniquePtr<SSL_SESSION>>;

  const size_t limit_;
  mutable absl::Mutex mu_;
  std::list<Entry> entries_ ABSL_GUARDED_BY(mu_);  // The newest first.
  absl::flat_hash_map<std::string, std::list<Entry>::iterator> by_key_ ABSL_GUARDED_BY(mu_);
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TLS_SESSION_CACHE_H_
