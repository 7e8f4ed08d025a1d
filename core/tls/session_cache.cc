#include "core/tls/session_cache.h"

#include <openssl/ssl.h>

namespace streampair {

SessionCache::SessionCache(size_t limit) : limit_(limit) {}

SessionCache::~SessionCache() = default;

void SessionCache::Put(const std::string& key, bssl::UniquePtr<SSL_SESSION> session) {
  absl::MutexLock lock(&mu_);
  const auto known = by_key_.find(key);
  if (known != by_key_.end()) {
    entries_.erase(known->second);
    by_key_.erase(known);
  }
  entries_.emplace_front(key, std::move(session));
  by_key_[key] = entries_.begin();
  if (entries_.size() > limit_) {
    by_key_.erase(entries_.back().first);
    entries_.pop_back();
  }
}

bssl::UniquePtr<SSL_SESSION> SessionCache::Take(const std::string& key) {
  absl::MutexLock lock(&mu_);
  const auto known = by_key_.find(key);
  if (known == by_key_.end()) return nullptr;
  bssl::UniquePtr<SSL_SESSION> session = std::move(known->second->second);
  entries_.erase(known->second);
  by_key_.erase(known);
  return session;
}

size_t SessionCache::size() const {
  absl::MutexLock lock(&mu_);
  return entries_.size();
}

}  // namespace streampair
