#include "core/quota/quota_pool.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/streampair_errors.h"

namespace streampair {
namespace {

// Bytes move in pieces of a tenth of a second's, so that whoever waits for the next does not wait
// long, and none is so small that the cost of asking shows.
constexpr uint64_t kMaxPiece = 256 << 10;
uint64_t PieceOf(uint64_t bytes_per_second) {
  return std::clamp<uint64_t>(bytes_per_second / 10, 1, kMaxPiece);
}

double BurstOf(const QuotaLimits& limits) {
  return static_cast<double>(limits.open_burst > 0 ? limits.open_burst : *limits.opens_per_second);
}

// Keeps what a bucket has, or makes a full one, or none.
void Change(std::optional<TokenBucket>& bucket, std::optional<uint64_t> rate, double burst,
            MonotonicTime now) {
  if (!rate) {
    bucket.reset();
  } else if (bucket) {
    bucket->Change(static_cast<double>(*rate), burst, now);
  } else {
    bucket.emplace(static_cast<double>(*rate), burst, now);
  }
}

size_t IndexOf(QuotaKind kind) { return static_cast<size_t>(kind); }

}  // namespace

const char* QuotaKindName(QuotaKind kind) {
  switch (kind) {
    case QuotaKind::kPairs:
      return "pairs";
    case QuotaKind::kOpenRate:
      return "open_rate";
    case QuotaKind::kPendingDials:
      return "pending_dials";
    case QuotaKind::kTotalBytes:
      return "total_bytes";
    case QuotaKind::kParkedSockets:
      return "parked_sockets";
  }
  return "";
}

QuotaPool::QuotaPool(std::string whose, MonotonicTime now)
    : whose_(std::move(whose)), period_began_(now) {}

void QuotaPool::SetLimits(const QuotaLimits& limits, MonotonicTime now) {
  absl::MutexLock lock(&mu_);
  limits_ = limits;
  Change(opens_, limits.opens_per_second, limits.opens_per_second ? BurstOf(limits) : 0, now);
  Change(pace_, limits.bytes_per_second,
         static_cast<double>(PieceOf(limits.bytes_per_second.value_or(0))), now);
  metered_.store(limits.bytes_per_second || limits.total_bytes, std::memory_order_relaxed);
}

Error QuotaPool::RefuseLocked(absl::string_view what, absl::Duration retry_after) const {
  return QuotaExceeded(absl::StrCat(whose_, " may ", what)).WithRetryAfter(retry_after);
}

std::optional<uint64_t> QuotaPool::LimitLocked(QuotaKind kind) const {
  switch (kind) {
    case QuotaKind::kPairs:
      return limits_.pairs;
    case QuotaKind::kPendingDials:
      return limits_.pending_dials;
    case QuotaKind::kParkedSockets:
      return limits_.parked_sockets;
    case QuotaKind::kOpenRate:
    case QuotaKind::kTotalBytes:
      break;  // No units.
  }
  return std::nullopt;
}

std::optional<QuotaPool::Refusal> QuotaPool::Take(QuotaKind kind, MonotonicTime now) {
  absl::MutexLock lock(&mu_);
  const std::optional<uint64_t> limit = LimitLocked(kind);
  if (limit && used_[IndexOf(kind)] >= *limit) {
    const char* what = kind == QuotaKind::kPairs          ? " pairs at a time"
                       : kind == QuotaKind::kPendingDials ? " pairs being opened at a time"
                                                          : " parked sockets at a time";
    // Nobody knows when one comes back.
    return Refusal{kind, RefuseLocked(absl::StrCat("have ", *limit, what), absl::ZeroDuration())};
  }
  if (kind == QuotaKind::kPendingDials) {
    if (auto refusal = TakeDialLocked(now)) return refusal;
  }
  ++used_[IndexOf(kind)];
  return std::nullopt;
}

std::optional<QuotaPool::Refusal> QuotaPool::TakeDialLocked(MonotonicTime now) {
  if (BytesLeftLocked(now) == 0) return Refusal{QuotaKind::kTotalBytes, BytesSpentLocked(now)};
  if (!opens_ || opens_->Take(1, now)) return std::nullopt;
  return Refusal{QuotaKind::kOpenRate,
                 RefuseLocked(absl::StrCat("open ", *limits_.opens_per_second, " pairs a second"),
                              opens_->WaitFor(1, now))};
}

void QuotaPool::Give(QuotaKind kind) {
  absl::MutexLock lock(&mu_);
  --used_[IndexOf(kind)];
}

void QuotaPool::Undo(QuotaKind kind, MonotonicTime now) {
  absl::MutexLock lock(&mu_);
  --used_[IndexOf(kind)];
  if (kind == QuotaKind::kPendingDials && opens_) opens_->Return(1, now);
}

QuotaPool::Grant QuotaPool::ReserveBytes(size_t want, MonotonicTime now) {
  absl::MutexLock lock(&mu_);
  if (!pace_) return {want, now};
  const size_t bytes = std::min<uint64_t>(want, PieceOf(*limits_.bytes_per_second));
  return {bytes, pace_->Reserve(static_cast<double>(bytes), now)};
}

void QuotaPool::ReturnBytes(size_t bytes, MonotonicTime now) {
  absl::MutexLock lock(&mu_);
  if (pace_) pace_->Return(static_cast<double>(bytes), now);
}

uint64_t QuotaPool::BytesLeft(MonotonicTime now) {
  absl::MutexLock lock(&mu_);
  return BytesLeftLocked(now);
}

uint64_t QuotaPool::BytesLeftLocked(MonotonicTime now) {
  if (!limits_.total_bytes) return std::numeric_limits<uint64_t>::max();
  if (now >= period_began_ + limits_.total_bytes_period) {
    period_began_ = now;
    bytes_used_ = 0;
  }
  return *limits_.total_bytes - std::min(*limits_.total_bytes, bytes_used_);
}

Error QuotaPool::BytesSpent(MonotonicTime now) {
  absl::MutexLock lock(&mu_);
  return BytesSpentLocked(now);
}

Error QuotaPool::BytesSpentLocked(MonotonicTime now) const {
  return RefuseLocked(
      absl::StrCat("move ", limits_.total_bytes.value_or(0), " bytes in ",
                   absl::FormatDuration(limits_.total_bytes_period)),
      std::max(absl::ZeroDuration(), period_began_ + limits_.total_bytes_period - now));
}

void QuotaPool::CountBytes(size_t bytes, MonotonicTime now) {
  absl::MutexLock lock(&mu_);
  BytesLeftLocked(now);  // A new period may have begun.
  bytes_used_ += bytes;
}

bool QuotaPool::IsIdle(MonotonicTime now) {
  absl::MutexLock lock(&mu_);
  for (const uint64_t used : used_) {
    if (used > 0) return false;
  }
  BytesLeftLocked(now);
  if (limits_.total_bytes && bytes_used_ > 0) return false;
  return (!opens_ || opens_->IsFull(now)) && (!pace_ || pace_->IsFull(now));
}

uint64_t QuotaPool::used(QuotaKind kind) {
  absl::MutexLock lock(&mu_);
  return used_[IndexOf(kind)];
}

}  // namespace streampair
