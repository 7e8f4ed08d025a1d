#include "server/request_ids.h"

#include "core/base/streampair_errors.h"

namespace streampair {

RequestIds::RequestIds(const Clock& clock, absl::Duration memory, size_t limit)
    : clock_(clock), memory_(memory), limit_(limit) {}

Result<std::string> RequestIds::Once(const std::string& principal, const std::string& id,
                                     uint64_t fingerprint,
                                     absl::FunctionRef<Result<std::string>()> make) {
  const Key key(principal, id);
  absl::MutexLock lock(&mu_);
  const MonotonicTime now = clock_.Now();
  ForgetLocked(now);
  const auto found = entries_.find(key);
  if (found != entries_.end()) {
    if (found->second.fingerprint == fingerprint) return found->second.name;
    return InvalidRequest("was used before, with another request");
  }
  Result<std::string> name = make();
  if (!name.ok()) return name;
  entries_.emplace(key, Entry{fingerprint, *name});
  ages_.push_back({now + memory_, key});
  return name;
}

void RequestIds::ForgetLocked(MonotonicTime now) {
  while (!ages_.empty() && (ages_.front().until <= now || ages_.size() >= limit_)) {
    entries_.erase(ages_.front().key);
    ages_.pop_front();
  }
}

size_t RequestIds::size() const {
  absl::MutexLock lock(&mu_);
  return entries_.size();
}

}  // namespace streampair
