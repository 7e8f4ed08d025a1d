#ifndef STREAMPAIR_CORE_QUOTA_QUOTA_BOOK_H_
#define STREAMPAIR_CORE_QUOTA_QUOTA_BOOK_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "core/base/monotonic_time.h"
#include "core/quota/quota_account.h"
#include "core/quota/quota_limits.h"

namespace streampair {

// The accounts of all callers. One that uses nothing and has no past that matters is forgotten, so
// that callers with ever new names do not fill the memory. Thread-safe.
class QuotaBook {
 public:
  // `listener` may be null, and outlives the accounts.
  QuotaBook(MonotonicTime now, QuotaListener* listener);

  // From now on these hold, also for accounts that are in use.
  void SetRules(QuotaRules rules, MonotonicTime now);

  // The account of `principal`; the same one as long as anything of it is in use.
  std::shared_ptr<QuotaAccount> AccountOf(const std::string& principal, MonotonicTime now);

  size_t size();

 private:
  void SweepLocked(MonotonicTime now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  QuotaLimits LimitsLocked(const std::string& principal) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  QuotaListener* const listener_;
  const std::shared_ptr<QuotaPool> global_;
  absl::Mutex mu_;
  QuotaRules rules_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<std::string, std::shared_ptr<QuotaAccount>> accounts_ ABSL_GUARDED_BY(mu_);
  size_t sweep_at_ ABSL_GUARDED_BY(mu_) = 1024;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_QUOTA_QUOTA_BOOK_H_
