#ifndef STREAMPAIR_SERVER_RECORD_RECORD_WRITER_H_
#define STREAMPAIR_SERVER_RECORD_RECORD_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/error.h"
#include "server/config/record_settings.h"
#include "server/log.h"
#include "server/record/record_sink.h"
#include "spdlog/logger.h"

namespace streampair {

// Takes record lines from any thread without making it wait, and writes them in their order on a
// thread of its own, since disks and pipes may stall.
//
// A line that cannot be written is tried again until it can; meanwhile those that come are kept, up
// to kMostBytes, and what is beyond that is lost and counted. The log says when the record began to
// fail (record_failing) and when it went on (record_resumed, with the count), and the record itself
// has a line with the count where the lost lines would be.
class RecordWriter {
 public:
  static constexpr size_t kMostBytes = size_t{16} << 20;
  static constexpr absl::Duration kRetry = absl::Milliseconds(500);

  // `clock` and `log` must outlive this.
  RecordWriter(const RecordSettings& settings, const Clock& clock, Log& log);

  // Writes what it can of what it has, for at most a second.
  ~RecordWriter();
  RecordWriter(const RecordWriter&) = delete;
  RecordWriter& operator=(const RecordWriter&) = delete;

  // A whole line without its end.
  void Add(std::string line);

  // Nothing, or why nothing may be opened now: (POSIX, errno) of stage capacity, if the operator
  // wants it so while the record cannot be written.
  std::optional<Error> MayOpen() const;

  // The file is opened anew, since it may have been moved away.
  void Reopen();

  uint64_t lost() const;  // Lines, so far.

 private:
  void Run();
  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void NoteResult(int error);

  const bool refuses_;
  const Clock& clock_;
  Log& log_;
  const std::shared_ptr<RecordSink> sink_;  // These two are the thread's.
  spdlog::logger spdlog_;

  mutable absl::Mutex mu_;
  std::deque<std::string> lines_ ABSL_GUARDED_BY(mu_);  // The first is being written.
  size_t bytes_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t lost_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t untold_ ABSL_GUARDED_BY(mu_) = 0;  // Lost, and the record does not say so yet.
  int error_ ABSL_GUARDED_BY(mu_) = 0;        // Of the last attempt.
  bool reopen_ ABSL_GUARDED_BY(mu_) = false;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_RECORD_RECORD_WRITER_H_
