// Pairs whose principal has a quota: when they may open, and when their bytes may move.
#include <algorithm>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "core/pair/stream_pair.h"

namespace streampair {

void StreamPair::Hold(QuotaUnit unit) {
  absl::MutexLock lock(&mu_);
  pair_unit_ = std::move(unit);
}

std::optional<Error> StreamPair::TakeDialLocked() {
  if (environment_.account == nullptr) return std::nullopt;
  auto unit = environment_.account->Take(QuotaKind::kPendingDials, environment_.clock->Now());
  if (!unit.ok()) return unit.error();
  dial_unit_ = *std::move(unit);
  return std::nullopt;
}

size_t StreamPair::Allowed(PairPace& pace, size_t want, Halves half) {
  QuotaAccount& account = *environment_.account;
  const MonotonicTime now = environment_.clock->Now();
  const uint64_t left = account.BytesLeft(now);
  if (left == 0) {
    if (!spent_.exchange(true)) {
      environment_.loop->Post([self = shared_from_this(), error = account.DenyBytes(now)] {
        self->Release(/*reset=*/true, error);
      });
    }
    return 0;
  }
  want = std::min<uint64_t>(want, left);
  if (pace.granted == 0) {
    const QuotaPool::Grant grant = account.ReserveBytes(want, now);
    pace.granted = grant.bytes;
    pace.when = grant.when;
  }
  if (now < pace.when) {
    if (!std::exchange(pace.waiting, true)) {
      environment_.loop->AddTimer(pace.when, [weak = weak_from_this(), half] {
        if (const std::shared_ptr<StreamPair> self = weak.lock()) self->Wake(half);
      });
    }
    return 0;
  }
  pace.waiting = false;
  return std::min(want, pace.granted);
}

void StreamPair::Settle(PairPace& pace, const IoResult& result) {
  QuotaAccount& account = *environment_.account;
  const MonotonicTime now = environment_.clock->Now();
  const size_t moved = result.ok() ? result.bytes : 0;
  if (moved > 0) account.CountBytes(moved, now);
  // At once, so that pairs without bytes keep none from the others.
  if (moved < pace.granted) account.ReturnBytes(pace.granted - moved, now);
  pace.granted = 0;
}

IoResult StreamPair::ReadMetered(absl::Span<char> buffer) {
  // What is over says so without a quota.
  if (buffer.empty() || io_fd_.load(std::memory_order_acquire) < 0 ||
      read_closed_.load(std::memory_order_acquire)) {
    return ReadFreely(buffer);
  }
  const size_t allowed = Allowed(read_pace_, buffer.size(), Halves::kRead);
  if (allowed == 0) {
    read_on_.store(false, std::memory_order_relaxed);
    return {.outcome = IoResult::Outcome::kWouldBlock};
  }
  const IoResult result = ReadFreely(buffer.subspan(0, allowed));
  Settle(read_pace_, result);
  // It is not the target that has no more.
  if (result.ok() && result.bytes == allowed && allowed < buffer.size()) {
    read_on_.store(true, std::memory_order_relaxed);
  }
  return result;
}

IoResult StreamPair::WriteMetered(absl::Span<const iovec> pieces) {
  size_t want = 0;
  for (const iovec& piece : pieces) want += piece.iov_len;
  if (want == 0 || io_fd_.load(std::memory_order_acquire) < 0 ||
      has_error_.load(std::memory_order_acquire) || write_closed_.load(std::memory_order_acquire)) {
    return WriteFreely(pieces);
  }
  const size_t allowed = Allowed(write_pace_, want, Halves::kWrite);
  if (allowed == 0) return {.outcome = IoResult::Outcome::kWouldBlock};
  absl::InlinedVector<iovec, 16> some;
  for (size_t left = allowed; left > 0; pieces.remove_prefix(1)) {
    const size_t bytes = std::min(left, pieces.front().iov_len);
    some.push_back({pieces.front().iov_base, bytes});
    left -= bytes;
  }
  const IoResult result = WriteFreely(some);
  Settle(write_pace_, result);
  return result;
}

}  // namespace streampair
