#include "core/pair/pair_writer.h"

#include <utility>

#include "absl/container/inlined_vector.h"

namespace streampair {
namespace {

constexpr size_t kMostPieces = 64;  // In one system call.

}  // namespace

PairWriter::Progress PairWriter::Add(
    absl::Span<const iovec> pieces, absl::FunctionRef<absl::Cord(size_t index, size_t skip)> keep) {
  size_t total = 0;
  for (const iovec& piece : pieces) total += piece.iov_len;
  backlog_.fetch_add(total, std::memory_order_relaxed);
  bool direct;
  {
    absl::MutexLock lock(&mu_);
    if (writing_ || held_) {
      absl::Cord& waiting = held_ ? behind_ : tail_;
      for (size_t i = 0; i < pieces.size(); ++i) waiting.Append(keep(i, 0));
      return {};
    }
    writing_ = true;
    front_written_ = false;
    direct = tail_.empty();
  }
  // The token is ours: head_ and failed_ too.
  Progress progress;
  size_t next = 0;  // The first piece not written whole,
  size_t skip = 0;  // and how much of it was.
  if (direct && head_.empty() && !failed_) {
    absl::InlinedVector<iovec, 16> left(pieces.begin(), pieces.end());
    while (next < pieces.size()) {
      const IoResult result = attachment_.Write(
          absl::MakeConstSpan(left).subspan(next, std::min(kMostPieces, left.size() - next)));
      if (!result.ok()) {
        failed_ = result.outcome == IoResult::Outcome::kError;
        break;
      }
      progress.written += result.bytes;
      size_t bytes = result.bytes;
      while (next < left.size() && bytes >= left[next].iov_len) {
        bytes -= left[next].iov_len;
        ++next;
        skip = 0;
      }
      if (next < left.size()) {
        left[next].iov_base = static_cast<char*>(left[next].iov_base) + bytes;
        left[next].iov_len -= bytes;
        skip += bytes;
      }
    }
    backlog_.fetch_sub(progress.written, std::memory_order_relaxed);
  }
  for (; next < pieces.size(); ++next, skip = 0) {
    // What others left in tail_ came earlier; Drain puts it first.
    absl::MutexLock lock(&mu_);
    if (tail_.empty()) {
      head_.Append(keep(next, skip));
    } else {
      tail_.Append(keep(next, skip));
    }
  }
  const Progress rest = Drain();
  return {progress.written + rest.written, rest.failed, rest.finished};
}

PairWriter::Progress PairWriter::Finish() {
  {
    absl::MutexLock lock(&mu_);
    finish_wanted_ = true;
    if (writing_) {
      poked_ = true;
      return {};
    }
    writing_ = true;
  }
  return Drain();
}

PairWriter::Progress PairWriter::Flush() {
  {
    absl::MutexLock lock(&mu_);
    if (writing_) {
      poked_ = true;
      return {};
    }
    writing_ = true;
  }
  return Drain();
}

bool PairWriter::Hold() {
  absl::MutexLock lock(&mu_);
  held_ = true;
  return front_written_ && tail_.empty() && !writing_;
}

bool PairWriter::reached_hold() {
  absl::MutexLock lock(&mu_);
  return held_ && front_written_ && tail_.empty() && !writing_;
}

PairWriter::Progress PairWriter::Release() {
  {
    absl::MutexLock lock(&mu_);
    held_ = false;
    tail_.Append(std::exchange(behind_, absl::Cord()));
  }
  return Flush();
}

PairWriter::Progress PairWriter::Drain() {
  Progress progress;
  bool blocked = false;
  for (;;) {
    const Next next = TakeNext(blocked);
    blocked = false;
    switch (next) {
      case Next::kStop:
        return progress;
      case Next::kFinish:
        progress.finished = finish_sent_ = attachment_.Finish();
        blocked = !finish_sent_;
        break;
      case Next::kWrite:
        if (failed_) {
          backlog_.fetch_sub(head_.size(), std::memory_order_relaxed);
          head_.Clear();
          progress.failed = true;
        } else {
          progress.written += WriteHead(&blocked);
        }
        break;
    }
  }
}

size_t PairWriter::WriteHead(bool* blocked) {
  absl::InlinedVector<iovec, kMostPieces> pieces;
  for (absl::string_view chunk : head_.Chunks()) {
    if (pieces.size() == kMostPieces) break;
    pieces.push_back({const_cast<char*>(chunk.data()), chunk.size()});
  }
  const IoResult result = attachment_.Write(pieces);
  switch (result.outcome) {
    case IoResult::Outcome::kOk:
      head_.RemovePrefix(result.bytes);
      backlog_.fetch_sub(result.bytes, std::memory_order_relaxed);
      return result.bytes;
    case IoResult::Outcome::kWouldBlock:
      *blocked = true;
      return 0;
    case IoResult::Outcome::kEnd:
    case IoResult::Outcome::kError:
      failed_ = true;
      return 0;
  }
  return 0;
}

PairWriter::Next PairWriter::TakeNext(bool blocked) {
  absl::MutexLock lock(&mu_);
  if (!tail_.empty()) head_.Append(std::exchange(tail_, absl::Cord()));
  const bool may_go = std::exchange(poked_, false) || !blocked;
  if (!head_.empty() && (may_go || failed_)) return Next::kWrite;
  if (head_.empty() && finish_wanted_ && !held_ && !finish_sent_ && !failed_ && may_go)
    return Next::kFinish;
  attachment_.SetWritePending(!head_.empty());
  front_written_ = head_.empty();
  writing_ = false;
  return Next::kStop;
}

}  // namespace streampair
