#ifndef STREAMPAIR_CORE_PAIR_PAIR_CENSUS_H_
#define STREAMPAIR_CORE_PAIR_PAIR_CENSUS_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"

namespace streampair {

class StreamPair;

// What pairs are doing and have carried, summed up when somebody asks, so that bytes pay nothing
// for it. Each pair is counted from its construction to its destruction; what it carried stays
// counted, so that the sums of bytes never fall. Thread-safe.
class PairCensus {
 public:
  // Where a pair is on its way.
  enum class State : uint8_t { kLazy, kOpening, kHandshaking, kReady, kFailed, kReleased };
  static constexpr size_t kStates = 6;

  struct Counts {
    uint64_t bytes_read = 0;  // From targets.
    uint64_t bytes_written = 0;
    std::array<size_t, kStates> pairs = {};  // In each state.

    size_t in(State state) const { return pairs[static_cast<size_t>(state)]; }
  };

  PairCensus() = default;
  PairCensus(const PairCensus&) = delete;
  PairCensus& operator=(const PairCensus&) = delete;

  // Takes the mutex of each pair for a moment.
  Counts Take() const;

 private:
  friend class StreamPair;
  void Enter(const StreamPair& pair);
  void Leave(const StreamPair& pair);

  // Several, so that neither counting nor making pairs waits for all of the other.
  struct Shard {
    mutable absl::Mutex mu;
    absl::flat_hash_set<const StreamPair*> pairs ABSL_GUARDED_BY(mu);
    uint64_t bytes_read ABSL_GUARDED_BY(mu) = 0;  // Of pairs that have gone.
    uint64_t bytes_written ABSL_GUARDED_BY(mu) = 0;
  };
  static constexpr size_t kShards = 16;
  Shard& ShardOf(const StreamPair& pair);

  std::array<Shard, kShards> shards_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_PAIR_PAIR_CENSUS_H_
