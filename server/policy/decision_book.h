#ifndef STREAMPAIR_SERVER_POLICY_DECISION_BOOK_H_
#define STREAMPAIR_SERVER_POLICY_DECISION_BOOK_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/error.h"
#include "core/policy/policy_request.h"

namespace streampair {

// One thing that was judged of a pair.
struct JudgedHop {
  HopKind hop = HopKind::kTarget;
  std::string address;  // "unverifiable" if a proxy resolves it; "" before any look-up.
  PolicyDecision decision;
  uint64_t generation = 0;
  bool reports_only = false;  // The policy as a whole.
};

// What was decided about each pair that somebody keeps a record of, until it is asked for; and
// whether anything may be opened at all while the record fails. Thread-safe; costs nothing until
// Begin() is called for the first time.
class DecisionBook {
 public:
  struct Judged {
    std::vector<JudgedHop> hops;  // In their order; the last 64.
    absl::Duration took = absl::ZeroDuration();
  };

  // From now on what is decided about `pair` is noted, until End().
  void Begin(const std::string& pair);
  void Note(const std::string& pair, JudgedHop hop, absl::Duration took);
  Judged Get(const std::string& pair) const;
  void End(const std::string& pair);

  bool is_kept() const { return is_kept_.load(std::memory_order_relaxed); }

  // Asked before each open. Before anybody is served, once.
  using Gate = std::function<std::optional<Error>()>;
  void SetGate(Gate gate) { gate_ = std::move(gate); }
  std::optional<Error> MayOpen() const { return gate_ ? gate_() : std::nullopt; }

 private:
  std::atomic<bool> is_kept_{false};
  Gate gate_;
  mutable absl::Mutex mu_;
  absl::flat_hash_map<std::string, Judged> pairs_ ABSL_GUARDED_BY(mu_);
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_POLICY_DECISION_BOOK_H_
