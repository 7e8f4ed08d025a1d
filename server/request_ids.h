#ifndef STREAMPAIR_SERVER_REQUEST_IDS_H_
#define STREAMPAIR_SERVER_REQUEST_IDS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/result.h"

namespace streampair {

// Remembers for a while which pair each request_id made, so that a creation may be sent twice and
// done once. Thread-safe.
class RequestIds {
 public:
  // `clock` must outlive this. Of more than `limit` ids within `memory` the oldest are forgotten
  // early.
  RequestIds(const Clock& clock, absl::Duration memory, size_t limit);

  // The name of the pair that `principal` made with `id`; if there is none, `make` is called and
  // what it returns is remembered unless it is an error. Calls for all ids take turns, so that of
  // two at once one makes and the other finds. Fails with kInvalidRequest when the same id came
  // with another `fingerprint`.
  Result<std::string> Once(const std::string& principal, const std::string& id,
                           uint64_t fingerprint, absl::FunctionRef<Result<std::string>()> make);

  size_t size() const;

 private:
  using Key = std::pair<std::string, std::string>;  // Principal and id.
  struct Entry {
    uint64_t fingerprint;
    std::string name;
  };
  struct Age {
    MonotonicTime until;
    Key key;
  };

  void ForgetLocked(MonotonicTime now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const Clock& clock_;
  const absl::Duration memory_;
  const size_t limit_;
  mutable absl::Mutex mu_;
  absl::flat_hash_map<Key, Entry> entries_ ABSL_GUARDED_BY(mu_);
  std::deque<Age> ages_ ABSL_GUARDED_BY(mu_);  // One for each entry, oldest first.
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_REQUEST_IDS_H_
