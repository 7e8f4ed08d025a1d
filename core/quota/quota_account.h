#ifndef STREAMPAIR_CORE_QUOTA_QUOTA_ACCOUNT_H_
#define STREAMPAIR_CORE_QUOTA_QUOTA_ACCOUNT_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "core/base/monotonic_time.h"
#include "core/base/result.h"
#include "core/quota/quota_pool.h"

namespace streampair {

class QuotaAccount;

// One unit of a kind, until it goes. Movable; empty ones hold nothing.
class QuotaUnit {
 public:
  QuotaUnit() = default;
  QuotaUnit(QuotaUnit&& other) noexcept : account_(std::move(other.account_)), kind_(other.kind_) {}
  QuotaUnit& operator=(QuotaUnit&& other) noexcept {
    Reset();
    account_ = std::move(other.account_);
    kind_ = other.kind_;
    return *this;
  }
  ~QuotaUnit() { Reset(); }

  void Reset();

 private:
  friend class QuotaAccount;
  QuotaUnit(std::shared_ptr<QuotaAccount> account, QuotaKind kind)
      : account_(std::move(account)), kind_(kind) {}

  std::shared_ptr<QuotaAccount> account_;
  QuotaKind kind_ = QuotaKind::kPairs;
};

// Told of what is refused. Thread-safe; called under locks, so it must not call back.
class QuotaListener {
 public:
  virtual ~QuotaListener() = default;
  virtual void OnDenied(QuotaKind kind) = 0;
};

// What a caller may use: its own pool and that of all together; both must agree. Thread-safe.
//
//   Result<QuotaUnit> pair = account->Take(QuotaKind::kPairs, now);
//   ... the unit lives as long as the pair ...
class QuotaAccount : public std::enable_shared_from_this<QuotaAccount> {
 public:
  // `listener` may be null, and outlives this.
  QuotaAccount(std::shared_ptr<QuotaPool> own, std::shared_ptr<QuotaPool> global,
               QuotaListener* listener)
      : own_(std::move(own)), global_(std::move(global)), listener_(listener) {}

  // QUOTA if there is none left. Kinds with units: pairs, pending dials (which also takes one of
  // the open rate), parked sockets.
  Result<QuotaUnit> Take(QuotaKind kind, MonotonicTime now);

  // Whether bytes are limited: if not, nothing below needs to be called. Cheap.
  bool metered() const { return own_->metered() || global_->metered(); }

  // Part of `want` bytes, at least 1, to be moved not before `when`. Whoever asks first is first.
  // What is not moved then is returned.
  QuotaPool::Grant ReserveBytes(size_t want, MonotonicTime now);
  void ReturnBytes(size_t bytes, MonotonicTime now);

  // How many bytes may still be moved in all. What others move at the same moment is not counted
  // yet.
  uint64_t BytesLeft(MonotonicTime now);
  // For a pair that ends because none is left.
  Error DenyBytes(MonotonicTime now);
  void CountBytes(size_t bytes, MonotonicTime now);

  QuotaPool& own() { return *own_; }

 private:
  friend class QuotaUnit;
  void Give(QuotaKind kind);
  Error Deny(QuotaPool::Refusal refusal);

  const std::shared_ptr<QuotaPool> own_;
  const std::shared_ptr<QuotaPool> global_;
  QuotaListener* const listener_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_QUOTA_QUOTA_ACCOUNT_H_
