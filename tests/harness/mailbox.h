#ifndef STREAMPAIR_TESTS_HARNESS_MAILBOX_H_
#define STREAMPAIR_TESTS_HARNESS_MAILBOX_H_

#include <deque>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "tests/harness/wait.h"

namespace streampair::testing {

// What one thread of a test tells another, in order. Thread-safe.
template <typename T>
class Mailbox {
 public:
  void Put(T item) {
    absl::MutexLock lock(&mu_);
    items_.push_back(std::move(item));
  }

  // The next item, or nothing if none comes in time.
  std::optional<T> Take(absl::Duration patience = kPatience) {
    absl::MutexLock lock(&mu_);
    const auto filled = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return !items_.empty(); };
    if (!mu_.AwaitWithTimeout(absl::Condition(&filled), patience)) return std::nullopt;
    T item = std::move(items_.front());
    items_.pop_front();
    return item;
  }

 private:
  absl::Mutex mu_;
  std::deque<T> items_ ABSL_GUARDED_BY(mu_);
};

}  // namespace streampair::testing

#endif  // STREAMPAIR_TESTS_HARNESS_MAILBOX_H_
