#include "core/pair/tls_stream.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/string_view.h"

namespace streampair {
namespace {

constexpr size_t kRecordBytes = 16 * 1024;         // Of plaintext, at most.
constexpr size_t kStagingBytes = 64 * 1024;        // Ciphertext per system call.
constexpr size_t kLeastRead = kRecordBytes + 512;  // One whole record.
constexpr size_t kMostOutput = 64 * 1024;          // Ciphertext that may wait here for room.

// Ciphertext on its way from the socket to the engine; nothing stays between calls.
absl::Span<char> Staging() {
  thread_local const std::unique_ptr<char[]> staging(new char[kStagingBytes]);
  return {staging.get(), kStagingBytes};
}

}  // namespace

IoResult TlsStream::Read(int fd, absl::Span<char> into) {
  absl::MutexLock lock(&mu_);
  const IoResult result = ReadLocked(fd, into);
  // Alerts, and answers to key updates. If there is no room, a writable socket flushes them.
  FlushLocked(fd);
  return result;
}

IoResult TlsStream::ReadLocked(int fd, absl::Span<char> into) {
  size_t total = 0;
  absl::string_view fresh;
  IoResult last;
  for (;;) {
    const TlsEngine::ReadResult read = engine_->Read(into.subspan(total), fresh);
    if (read.outcome == TlsEngine::ReadOutcome::kOk) {
      total += read.bytes;
      if (total == into.size()) break;
      continue;
    }
    if (read.outcome != TlsEngine::ReadOutcome::kNeedInput) {
      last = ResultOf(read.outcome);
      break;
    }
    const size_t wanted = std::max(into.size() - total + 512, kLeastRead);
    if (!Refill(fd, Staging().subspan(0, std::min(wanted, kStagingBytes)), &fresh, &last)) break;
  }
  engine_->Keep(fresh);
  if (total == 0) return last;
  // What ends the stream is told by the next read, which has to come without being called.
  if (last.outcome == IoResult::Outcome::kEnd || last.outcome == IoResult::Outcome::kError) {
    if (last.outcome == IoResult::Outcome::kError) read_errno_ = last.err;
    end_follows_.store(true, std::memory_order_release);
  }
  return {.outcome = IoResult::Outcome::kOk, .bytes = total};
}

bool TlsStream::Refill(int fd, absl::Span<char> room, absl::string_view* fresh, IoResult* result) {
  if (read_errno_ != 0) {
    *result = {.outcome = IoResult::Outcome::kError, .err = read_errno_};
    return false;
  }
  const IoResult got = Receive(fd, room);
  switch (got.outcome) {
    case IoResult::Outcome::kOk:
      *fresh = absl::string_view(room.data(), got.bytes);
      return true;
    case IoResult::Outcome::kEnd:
      // A write that failed took the socket's error with it; what looks like an end is that
      // failure.
      if (write_errno_ != 0) {
        *result = {.outcome = IoResult::Outcome::kError, .err = write_errno_};
        return false;
      }
      engine_->ReceiveEnd();
      return true;
    case IoResult::Outcome::kWouldBlock:
    case IoResult::Outcome::kError:
      *result = got;
      return false;
  }
  return false;
}

IoResult TlsStream::ResultOf(TlsEngine::ReadOutcome outcome) {
  switch (outcome) {
    case TlsEngine::ReadOutcome::kOk:
      return {};
    case TlsEngine::ReadOutcome::kNeedInput:
      return {.outcome = IoResult::Outcome::kWouldBlock};
    case TlsEngine::ReadOutcome::kClosed:
      end_kind_.store(EndKind::kCloseNotify, std::memory_order_release);
      return {.outcome = IoResult::Outcome::kEnd};
    case TlsEngine::ReadOutcome::kTruncated:
      end_kind_.store(EndKind::kTruncated, std::memory_order_release);
      return {.outcome = IoResult::Outcome::kEnd};
    case TlsEngine::ReadOutcome::kFailed:
      return {.outcome = IoResult::Outcome::kError, .err = EPROTO};
  }
  return {.outcome = IoResult::Outcome::kError, .err = EPROTO};
}

IoResult TlsStream::PeekRead(int fd) {
  absl::MutexLock lock(&mu_);
  for (;;) {
    const TlsEngine::ReadOutcome outcome = engine_->Peek();
    if (outcome != TlsEngine::ReadOutcome::kNeedInput) return ResultOf(outcome);
    // Bounded: nothing is received while plaintext waits.
    absl::string_view fresh;
    IoResult result;
    if (!Refill(fd, Staging().subspan(0, kLeastRead), &fresh, &result)) return result;
    engine_->Keep(fresh);
  }
}

bool TlsStream::Waits() {
  absl::MutexLock lock(&mu_);
  return read_errno_ != 0 || engine_->Peek() != TlsEngine::ReadOutcome::kNeedInput;
}

IoResult::Outcome TlsStream::FlushLocked(int fd) {
  while (!engine_->output().empty()) {
    const absl::string_view output = engine_->output();
    const iovec piece = {const_cast<char*>(output.data()), output.size()};
    const IoResult sent = SendVector(fd, {&piece, 1});
    if (!sent.ok()) {
      if (sent.outcome == IoResult::Outcome::kError) write_errno_ = sent.err;
      return sent.outcome;
    }
    engine_->DropOutput(sent.bytes);
  }
  return IoResult::Outcome::kOk;
}

size_t TlsStream::EncryptLocked(absl::Span<const iovec> pieces, size_t* index, size_t* skip) {
  size_t taken = 0;
  char joined[kRecordBytes];
  while (*index < pieces.size() && engine_->output().size() < kMostOutput) {
    const iovec& piece = pieces[*index];
    const absl::string_view rest =
        absl::string_view(static_cast<const char*>(piece.iov_base), piece.iov_len).substr(*skip);
    size_t wrote;
    if (rest.size() >= kRecordBytes || *index + 1 == pieces.size()) {
      wrote = rest.empty() ? 0 : engine_->Write(rest);
    } else {
      // Small pieces share a record.
      size_t size = 0;
      size_t from = *skip;
      for (size_t i = *index; i < pieces.size() && size < kRecordBytes; ++i, from = 0) {
        const size_t part = std::min(pieces[i].iov_len - from, kRecordBytes - size);
        if (part > 0)
          std::memcpy(joined + size, static_cast<char*>(pieces[i].iov_base) + from, part);
        size += part;
      }
      wrote = engine_->Write({joined, size});
    }
    if (wrote == 0 && !rest.empty()) return taken;  // The engine failed.
    taken += wrote;
    *skip += wrote;
    while (*index < pieces.size() && *skip >= pieces[*index].iov_len) {
      *skip -= pieces[*index].iov_len;
      ++*index;
    }
  }
  return taken;
}

IoResult TlsStream::Write(int fd, absl::Span<const iovec> pieces) {
  absl::MutexLock lock(&mu_);
  size_t total = 0;
  size_t index = 0;
  size_t skip = 0;
  for (;;) {
    const IoResult::Outcome flushed = FlushLocked(fd);
    if (flushed == IoResult::Outcome::kError || write_errno_ != 0)
      return {.outcome = IoResult::Outcome::kError, .err = write_errno_};
    if (flushed == IoResult::Outcome::kWouldBlock || index == pieces.size()) break;
    const size_t taken = EncryptLocked(pieces, &index, &skip);
    total += taken;
    if (taken > 0 || index == pieces.size()) continue;
    // Closed: the owner said goodbye beside a write that was on its way.
    const bool failed = engine_->state() == TlsEngine::State::kFailed;
    return {.outcome = IoResult::Outcome::kError, .err = failed ? EPROTO : EPIPE};
  }
  if (total == 0 && index < pieces.size()) return {.outcome = IoResult::Outcome::kWouldBlock};
  return {.outcome = IoResult::Outcome::kOk, .bytes = total};
}

bool TlsStream::Finish(int fd) {
  absl::MutexLock lock(&mu_);
  engine_->Close();
  if (FlushLocked(fd) == IoResult::Outcome::kWouldBlock) return false;
  // It can fail only on a connection that is broken, which the read half reports.
  (void)ShutdownWrite(fd);
  return true;
}

bool TlsStream::SayGoodbye(int fd) {
  absl::MutexLock lock(&mu_);
  engine_->Close();
  return FlushLocked(fd) != IoResult::Outcome::kWouldBlock;
}

bool TlsStream::Flush(int fd) {
  absl::MutexLock lock(&mu_);
  return FlushLocked(fd) != IoResult::Outcome::kWouldBlock;
}

std::optional<Error> TlsStream::error() const {
  absl::MutexLock lock(&mu_);
  if (engine_->state() != TlsEngine::State::kFailed) return std::nullopt;
  return engine_->error();
}

}  // namespace streampair
