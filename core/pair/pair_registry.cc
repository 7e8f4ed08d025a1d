#include "core/pair/pair_registry.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/streampair_errors.h"

namespace streampair {

PairRegistry::PairRegistry(const PairNamer& namer, size_t limit, EnvironmentSource environments)
    : namer_(namer), limit_(limit), environments_(std::move(environments)) {}

PairRegistry::~PairRegistry() { ReleaseAll(/*reset=*/true, InternalFault("the registry is gone")); }

Result<std::shared_ptr<StreamPair>> PairRegistry::Create(const std::string& principal,
                                                         PairSpec spec) {
  if (!spec.parked_token.empty() &&
      namer_.JudgeToken(spec.parked_token) == PairNamer::Origin::kOtherInstance) {
    return NotHere("the parked socket is another instance's; route the call by the instance in it");
  }
  std::string name = namer_.NewName();
  std::shared_ptr<StreamPair> pair;
  {
    absl::MutexLock lock(&mu_);
    if (draining_) return Draining("the server is going down and takes no new pairs");
    if (by_name_.size() >= limit_) {
      return TooManyPairs(
          absl::StrCat("the server holds ", limit_, " pairs already, which is its limit"));
    }
    const StreamPair::Environment environment = environments_(principal);
    QuotaUnit unit;
    if (environment.account != nullptr) {
      auto taken = environment.account->Take(QuotaKind::kPairs, environment.clock->Now());
      if (!taken.ok()) return taken.error();
      unit = *std::move(taken);
    }
    const uint64_t serial = ++last_serial_;
    pair = std::make_shared<StreamPair>(
        std::move(name), principal, std::move(spec), environment,
        [this, serial](StreamPair& released) { Forget(serial, released.name()); });
    pair->Hold(std::move(unit));
    by_age_.emplace(serial, pair);
    by_name_.emplace(pair->name(), pair);
  }
  pair->Touch();
  return pair;
}

Result<std::shared_ptr<StreamPair>> PairRegistry::Find(const std::string& principal,
                                                       const std::string& name) const {
  std::shared_ptr<StreamPair> pair;
  {
    absl::MutexLock lock(&mu_);
    const auto found = by_name_.find(name);
    if (found != by_name_.end() && found->second->principal() == principal) pair = found->second;
  }
  if (pair != nullptr) {
    pair->Touch();
    return pair;
  }
  return NotFound(name);
}

Result<std::shared_ptr<StreamPair>> PairRegistry::FindAny(const std::string& name) const {
  {
    absl::MutexLock lock(&mu_);
    const auto found = by_name_.find(name);
    if (found != by_name_.end()) return found->second;
  }
  return NotFound(name);
}

Error PairRegistry::NotFound(const std::string& name) const {
  if (namer_.Judge(name) == PairNamer::Origin::kOtherInstance) {
    return NotHere(
        "the pair belongs to another instance; route the call by the instance in its name");
  }
  return PairNotFound("there is no such pair; it may have ended");
}

uint64_t PairRegistry::List(const std::string& principal, uint64_t after, size_t count,
                            absl::FunctionRef<bool(const StreamPair&)> accept,
                            std::vector<std::shared_ptr<StreamPair>>* pairs) const {
  return ListAll(
      after, count,
      [&](const StreamPair& pair) { return pair.principal() == principal && accept(pair); }, pairs);
}

uint64_t PairRegistry::ListAll(uint64_t after, size_t count,
                               absl::FunctionRef<bool(const StreamPair&)> accept,
                               std::vector<std::shared_ptr<StreamPair>>* pairs) const {
  absl::MutexLock lock(&mu_);
  uint64_t last = after;
  for (auto it = by_age_.upper_bound(after); it != by_age_.end(); ++it) {
    const std::shared_ptr<StreamPair>& pair = it->second;
    if (!accept(*pair)) continue;
    if (count == 0) return last;
    pairs->push_back(pair);
    last = it->first;
    --count;
  }
  return 0;
}

std::vector<std::shared_ptr<StreamPair>> PairRegistry::All() const {
  absl::MutexLock lock(&mu_);
  std::vector<std::shared_ptr<StreamPair>> pairs;
  pairs.reserve(by_age_.size());
  for (const auto& [serial, pair] : by_age_) pairs.push_back(pair);
  return pairs;
}

void PairRegistry::StopCreating() {
  absl::MutexLock lock(&mu_);
  draining_ = true;
}

void PairRegistry::ReleaseAll(bool reset, const Error& why) {
  std::vector<std::shared_ptr<StreamPair>> pairs;
  {
    absl::MutexLock lock(&mu_);
    pairs.reserve(by_age_.size());
    for (const auto& [serial, pair] : by_age_) pairs.push_back(pair);
  }
  for (const std::shared_ptr<StreamPair>& pair : pairs) pair->Release(reset, why);
}

size_t PairRegistry::size() const {
  absl::MutexLock lock(&mu_);
  return by_name_.size();
}

void PairRegistry::Forget(uint64_t serial, const std::string& name) {
  std::shared_ptr<StreamPair> pair;  // Destroyed without the lock.
  absl::MutexLock lock(&mu_);
  const auto found = by_age_.find(serial);
  if (found == by_age_.end()) return;
  pair = std::move(found->second);
  by_age_.erase(found);
  by_name_.erase(name);
}

}  // namespace streampair
