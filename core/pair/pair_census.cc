#include "core/pair/pair_census.h"

#include "absl/hash/hash.h"
#include "core/pair/stream_pair.h"

namespace streampair {

PairCensus::Shard& PairCensus::ShardOf(const StreamPair& pair) {
  return shards_[absl::HashOf(&pair) % kShards];
}

void PairCensus::Enter(const StreamPair& pair) {
  Shard& shard = ShardOf(pair);
  absl::MutexLock lock(&shard.mu);
  shard.pairs.insert(&pair);
}

void PairCensus::Leave(const StreamPair& pair) {
  Shard& shard = ShardOf(pair);
  absl::MutexLock lock(&shard.mu);
  shard.pairs.erase(&pair);
  shard.bytes_read += pair.bytes_read_.load(std::memory_order_relaxed);
  shard.bytes_written += pair.bytes_written_.load(std::memory_order_relaxed);
}

PairCensus::Counts PairCensus::Take() const {
  Counts counts;
  for (const Shard& shard : shards_) {
    absl::MutexLock lock(&shard.mu);
    counts.bytes_read += shard.bytes_read;
    counts.bytes_written += shard.bytes_written;
    for (const StreamPair* pair : shard.pairs) {  // They cannot go before Leave has the lock.
      counts.bytes_read += pair->bytes_read_.load(std::memory_order_relaxed);
      counts.bytes_written += pair->bytes_written_.load(std::memory_order_relaxed);
      ++counts.pairs[static_cast<size_t>(pair->CensusState())];
    }
  }
  return counts;
}

}  // namespace streampair
