#include "core/quota/quota_account.h"

#include <algorithm>

namespace streampair {

void QuotaUnit::Reset() {
  if (account_ == nullptr) return;
  account_->Give(kind_);
  account_ = nullptr;
}

Error QuotaAccount::Deny(QuotaPool::Refusal refusal) {
  if (listener_ != nullptr) listener_->OnDenied(refusal.kind);
  return std::move(refusal.error);
}

Result<QuotaUnit> QuotaAccount::Take(QuotaKind kind, MonotonicTime now) {
  if (auto refusal = own_->Take(kind, now)) return Deny(*std::move(refusal));
  if (auto refusal = global_->Take(kind, now)) {
    own_->Undo(kind, now);
    return Deny(*std::move(refusal));
  }
  return QuotaUnit(shared_from_this(), kind);
}

void QuotaAccount::Give(QuotaKind kind) {
  own_->Give(kind);
  global_->Give(kind);
}

QuotaPool::Grant QuotaAccount::ReserveBytes(size_t want, MonotonicTime now) {
  const QuotaPool::Grant own = own_->ReserveBytes(want, now);
  const QuotaPool::Grant global = global_->ReserveBytes(own.bytes, now);
  if (global.bytes < own.bytes) own_->ReturnBytes(own.bytes - global.bytes, now);
  return {global.bytes, std::max(own.when, global.when)};
}

void QuotaAccount::ReturnBytes(size_t bytes, MonotonicTime now) {
  own_->ReturnBytes(bytes, now);
  global_->ReturnBytes(bytes, now);
}

uint64_t QuotaAccount::BytesLeft(MonotonicTime now) {
  return std::min(own_->BytesLeft(now), global_->BytesLeft(now));
}

Error QuotaAccount::DenyBytes(MonotonicTime now) {
  QuotaPool& pool = own_->BytesLeft(now) == 0 ? *own_ : *global_;
  return Deny({QuotaKind::kTotalBytes, pool.BytesSpent(now)});
}

void QuotaAccount::CountBytes(size_t bytes, MonotonicTime now) {
  own_->CountBytes(bytes, now);
  global_->CountBytes(bytes, now);
}

}  // namespace streampair
