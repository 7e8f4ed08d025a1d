#ifndef STREAMPAIR_SERVER_POLICY_POLICY_STORE_H_
#define STREAMPAIR_SERVER_POLICY_POLICY_STORE_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "core/policy/policy.h"

namespace streampair {

// The policy in force, which may be replaced while it is asked. Thread-safe.
class PolicyStore {
 public:
  struct Current {
    std::shared_ptr<const Policy> policy;  // Null: there is none, everything is allowed.
    uint64_t generation = 0;               // How many have been set; the first is 1.
  };

  Current Get() const {
    absl::ReaderMutexLock lock(&mu_);
    return current_;
  }

  // Returns its generation. What was asked of the one before keeps it as long as it needs it.
  uint64_t Set(std::shared_ptr<const Policy> policy) {
    absl::MutexLock lock(&mu_);
    current_.policy = std::move(policy);
    return ++current_.generation;
  }

 private:
  mutable absl::Mutex mu_;
  Current current_ ABSL_GUARDED_BY(mu_);
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_POLICY_POLICY_STORE_H_
