#include "server/policy/decision_book.h"

namespace streampair {
namespace {

constexpr size_t kMostHops = 64;

}  // namespace

void DecisionBook::Begin(const std::string& pair) {
  is_kept_.store(true, std::memory_order_relaxed);
  absl::MutexLock lock(&mu_);
  pairs_.try_emplace(pair);
}

void DecisionBook::Note(const std::string& pair, JudgedHop hop, absl::Duration took) {
  absl::MutexLock lock(&mu_);
  const auto found = pairs_.find(pair);
  if (found == pairs_.end()) return;
  std::vector<JudgedHop>& hops = found->second.hops;
  if (hops.size() == kMostHops) hops.erase(hops.begin());
  hops.push_back(std::move(hop));
  found->second.took += took;
}

DecisionBook::Judged DecisionBook::Get(const std::string& pair) const {
  absl::MutexLock lock(&mu_);
  const auto found = pairs_.find(pair);
  return found == pairs_.end() ? Judged() : found->second;
}

void DecisionBook::End(const std::string& pair) {
  absl::MutexLock lock(&mu_);
  pairs_.erase(pair);
}

}  // namespace streampair
