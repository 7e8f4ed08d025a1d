#ifndef STREAMPAIR_CORE_PAIR_PAIR_WRITER_H_
#define STREAMPAIR_CORE_PAIR_PAIR_WRITER_H_

#include <sys/uio.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/cord.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "core/pair/attachment.h"

namespace streampair {

// Writes a client's bytes to the target in order: straight from where they were received while the
// socket takes them, and from a backlog after that. The backlog is bounded by whoever adds: a
// channel's receive window, or a reader that stops reading.
//
// Thread-safe: the thread that receives bytes and the loop that sees room may call at once. Whoever
// comes first writes; the other leaves its work to it and returns at once, so that nobody waits for
// a system call of another thread.
class PairWriter {
 public:
  // What a call achieved. Bytes are reported once, by the call that wrote them.
  struct Progress {
    size_t written = 0;
    bool failed =
        false;  // The write half failed; what was not written is dropped. See Attachment::error.
    bool finished = false;  // FIN was sent by this call.
  };

  // `attachment` must outlive this.
  explicit PairWriter(Attachment& attachment) : attachment_(attachment) {}
  PairWriter(const PairWriter&) = delete;
  PairWriter& operator=(const PairWriter&) = delete;

  // Adds bytes. `keep(index, skip)` gives piece `index` without its first `skip` bytes in a form
  // that may stay, for what cannot be written now. Not after Finish.
  Progress Add(absl::Span<const iovec> pieces,
               absl::FunctionRef<absl::Cord(size_t index, size_t skip)> keep);

  // Sends FIN once everything added is written. At most once.
  Progress Finish();

  // There may be room again.
  Progress Flush();

  // From now on what is added, and a FIN, waits behind a line that only Release() lifts: something
  // has to happen between the bytes before it and those after it. True: nothing waits before it.
  bool Hold();

  // Whether all that was added before Hold() is written.
  bool reached_hold();

  // Lifts the line and writes on.
  Progress Release();

  // Bytes that wait to be written.
  size_t backlog() const { return backlog_.load(std::memory_order_relaxed); }

 private:
  enum class Next : uint8_t { kWrite, kFinish, kStop };

  // Writes until there is nothing left, no room, or a failure. The caller has the token (writing_),
  // which is given up.
  Progress Drain();
  // One system call. The caller has the token.
  size_t WriteHead(bool* blocked);
  // Moves what others added behind head_ and says what to do; the token is given up with kStop.
  Next TakeNext(bool blocked);

  Attachment& attachment_;
  std::atomic<size_t> backlog_{0};

  // Touched only by whoever has the token.
  absl::Cord head_;
  bool failed_ = false;
  bool finish_sent_ = false;

  absl::Mutex mu_;
  bool writing_ ABSL_GUARDED_BY(mu_) = false;  // The token: someone is writing.
  bool poked_ ABSL_GUARDED_BY(mu_) =
      false;  // Someone called Flush meanwhile: what blocked may not any more.
  bool finish_wanted_ ABSL_GUARDED_BY(mu_) = false;
  absl::Cord tail_ ABSL_GUARDED_BY(mu_);  // Added while someone was writing.
  bool held_ ABSL_GUARDED_BY(mu_) = false;
  bool front_written_ ABSL_GUARDED_BY(mu_) = true;  // Nothing waits before the line.
  absl::Cord behind_ ABSL_GUARDED_BY(mu_);          // Added after Hold().
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_PAIR_PAIR_WRITER_H_
