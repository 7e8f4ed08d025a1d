#include "core/quota/quota_book.h"

#include <algorithm>
#include <utility>

namespace streampair {

QuotaBook::QuotaBook(MonotonicTime now, QuotaListener* listener)
    : listener_(listener), global_(std::make_shared<QuotaPool>("all callers together", now)) {}

QuotaLimits QuotaBook::LimitsLocked(const std::string& principal) {
  return rules_.of_principal ? rules_.of_principal(principal) : QuotaLimits();
}

void QuotaBook::SetRules(QuotaRules rules, MonotonicTime now) {
  absl::MutexLock lock(&mu_);
  rules_ = std::move(rules);
  global_->SetLimits(rules_.global, now);
  for (const auto& [principal, account] : accounts_) {
    account->own().SetLimits(LimitsLocked(principal), now);
  }
}

std::shared_ptr<QuotaAccount> QuotaBook::AccountOf(const std::string& principal,
                                                   MonotonicTime now) {
  absl::MutexLock lock(&mu_);
  const auto found = accounts_.find(principal);
  if (found != accounts_.end()) return found->second;
  if (accounts_.size() >= sweep_at_) SweepLocked(now);
  auto own = std::make_shared<QuotaPool>("this caller", now);
  own->SetLimits(LimitsLocked(principal), now);
  auto account = std::make_shared<QuotaAccount>(std::move(own), global_, listener_);
  accounts_.emplace(principal, account);
  return account;
}

void QuotaBook::SweepLocked(MonotonicTime now) {
  absl::erase_if(accounts_, [now](const auto& entry) {
    return entry.second.use_count() == 1 && entry.second->own().IsIdle(now);
  });
  // Seldom enough, however many must stay.
  sweep_at_ = std::max<size_t>(1024, accounts_.size() * 2);
}

size_t QuotaBook::size() {
  absl::MutexLock lock(&mu_);
  return accounts_.size();
}

}  // namespace streampair
