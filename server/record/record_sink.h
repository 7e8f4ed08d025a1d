#ifndef STREAMPAIR_SERVER_RECORD_RECORD_SINK_H_
#define STREAMPAIR_SERVER_RECORD_RECORD_SINK_H_

#include <cstdint>
#include <mutex>
#include <string>

#include "core/base/unique_fd.h"
#include "server/config/record_settings.h"
#include "spdlog/details/null_mutex.h"
#include "spdlog/sinks/base_sink.h"

namespace streampair {

// Where record lines end up: a file that is rotated by its size, or standard output. spdlog's own
// file sinks keep lines in a buffer, so that one which failed is neither known to be lost nor known
// to be written; here each line is one write(2), done or not. A line that the disk took in part is
// taken back. Thread-compatible.
class RecordSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit RecordSink(RecordSettings settings);

  // What became of the last line: 0, or the errno.
  int last_error() const { return last_error_; }

  // The next line goes to the file of that name anew.
  void Reopen() { file_.Reset(); }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override {}  // There is no buffer.

  int Write(const std::string& line);  // 0 or an errno.
  int Open();
  void Rotate();

  const RecordSettings settings_;
  UniqueFd file_;
  bool is_regular_ = false;  // And so can be rotated and cut.
  uint64_t size_ = 0;
  int last_error_ = 0;
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_RECORD_RECORD_SINK_H_
