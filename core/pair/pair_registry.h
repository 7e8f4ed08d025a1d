#ifndef STREAMPAIR_CORE_PAIR_PAIR_REGISTRY_H_
#define STREAMPAIR_CORE_PAIR_PAIR_REGISTRY_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/synchronization/mutex.h"
#include "core/base/result.h"
#include "core/pair/pair_name.h"
#include "core/pair/stream_pair.h"

namespace streampair {

// All pairs of a server, by name and by age. Owns them until they are released. Thread-safe.
class PairRegistry {
 public:
  // Gives each new pair of a principal its surroundings. Called on any thread with the registry's
  // lock held: it must not call back.
  using EnvironmentSource =
      absl::AnyInvocable<StreamPair::Environment(const std::string& principal)>;

  // `namer` must outlive the registry. At most `limit` pairs exist at a time.
  PairRegistry(const PairNamer& namer, size_t limit, EnvironmentSource environments);
  ~PairRegistry();
  PairRegistry(const PairRegistry&) = delete;
  PairRegistry& operator=(const PairRegistry&) = delete;

  // A new pair of `principal`. Fails with kDraining, with kTooManyPairs at the limit, with kQuota
  // if the principal's account has no pair left, and with kNotHere for a parked socket of another
  // instance.
  Result<std::shared_ptr<StreamPair>> Create(const std::string& principal, PairSpec spec);

  // The pair, for its own principal only. kPairNotFound: no such pair, a forged name, or someone
  // else's; kNotHere: the name is genuine and another instance's.
  Result<std::shared_ptr<StreamPair>> Find(const std::string& principal,
                                           const std::string& name) const;

  // Up to `count` pairs of `principal` that `accept` takes, oldest first, made after the one with
  // serial `after` (0: from the start). Returns the serial to go on from, 0 when there is nothing
  // more.
  uint64_t List(const std::string& principal, uint64_t after, size_t count,
                absl::FunctionRef<bool(const StreamPair&)> accept,
                std::vector<std::shared_ptr<StreamPair>>* pairs) const;

  // Likewise of all principals.
  uint64_t ListAll(uint64_t after, size_t count, absl::FunctionRef<bool(const StreamPair&)> accept,
                   std::vector<std::shared_ptr<StreamPair>>* pairs) const;

  // The pair, whoever's it is, and without touching it. kPairNotFound and kNotHere as Find.
  Result<std::shared_ptr<StreamPair>> FindAny(const std::string& name) const;

  // All that live, of every principal, oldest first.
  std::vector<std::shared_ptr<StreamPair>> All() const;

  // From now on nothing new is made.
  void StopCreating();

  // Releases every pair with `why`.
  void ReleaseAll(bool reset, const Error& why);

  size_t size() const;

 private:
  Error NotFound(const std::string& name) const;
  void Forget(uint64_t serial, const std::string& name);

  const PairNamer& namer_;
  const size_t limit_;
  EnvironmentSource environments_ ABSL_GUARDED_BY(mu_);
  mutable absl::Mutex mu_;
  bool draining_ ABSL_GUARDED_BY(mu_) = false;
  uint64_t last_serial_ ABSL_GUARDED_BY(mu_) = 0;
  std::map<uint64_t, std::shared_ptr<StreamPair>> by_age_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<std::string, std::shared_ptr<StreamPair>> by_name_ ABSL_GUARDED_BY(mu_);
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_PAIR_PAIR_REGISTRY_H_
