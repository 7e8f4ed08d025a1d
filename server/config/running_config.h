#ifndef STREAMPAIR_SERVER_CONFIG_RUNNING_CONFIG_H_
#define STREAMPAIR_SERVER_CONFIG_RUNNING_CONFIG_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "streampair/config/v1/config.pb.h"

namespace streampair {

// The configuration in force as it was written down, for those who ask. Thread-safe.
class RunningConfig {
 public:
  struct Current {
    std::shared_ptr<const config::v1::Config> config;  // Null: there is none.
    uint64_t generation = 0;                           // Of its policy.
    absl::Time loaded;
  };

  Current Get() const {
    absl::ReaderMutexLock lock(&mu_);
    return current_;
  }
  void Set(Current current) {
    absl::MutexLock lock(&mu_);
    current_ = std::move(current);
  }

 private:
  mutable absl::Mutex mu_;
  Current current_ ABSL_GUARDED_BY(mu_);
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CONFIG_RUNNING_CONFIG_H_
