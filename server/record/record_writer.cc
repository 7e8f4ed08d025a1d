#include "server/record/record_writer.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/log_line.h"

namespace streampair {

RecordWriter::RecordWriter(const RecordSettings& settings, const Clock& clock, Log& log)
    : refuses_(settings.refuses_on_loss),
      clock_(clock),
      log_(log),
      sink_(std::make_shared<RecordSink>(settings)),
      spdlog_("record", sink_) {
  spdlog_.set_level(spdlog::level::trace);
  thread_ = std::thread([this] { Run(); });
}

RecordWriter::~RecordWriter() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
    const auto done = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
      return lines_.empty() || error_ != 0;
    };
    mu_.AwaitWithTimeout(absl::Condition(&done), absl::Seconds(1));
  }
  thread_.join();
}

void RecordWriter::Add(std::string line) {
  absl::MutexLock lock(&mu_);
  if (bytes_ + line.size() > kMostBytes) {
    ++lost_;
    ++untold_;
    return;
  }
  bytes_ += line.size();
  lines_.push_back(std::move(line));
}

std::optional<Error> RecordWriter::MayOpen() const {
  if (!refuses_) return std::nullopt;
  absl::MutexLock lock(&mu_);
  if (error_ == 0 && untold_ == 0) return std::nullopt;
  const int error = error_ != 0 ? error_ : EAGAIN;
  return Error(Stage::kCapacity, {ErrorDomain::kPosix, 0, error}, Reason::kProxyInternalError,
               absl::StrCat("the record cannot be written (", std::strerror(error),
                            "), and nothing is opened without it"))
      .WithRetryable(true);
}

void RecordWriter::Reopen() {
  absl::MutexLock lock(&mu_);
  reopen_ = true;
}

uint64_t RecordWriter::lost() const {
  absl::MutexLock lock(&mu_);
  return lost_;
}

bool RecordWriter::HasWork() const { return !lines_.empty() || reopen_ || stopping_; }

void RecordWriter::NoteResult(int error) {
  uint64_t lost = 0;
  int before = 0;
  {
    absl::MutexLock lock(&mu_);
    before = std::exchange(error_, error);
    if (error == 0) {
      bytes_ -= lines_.front().size();
      lines_.pop_front();
      if (lines_.empty() && untold_ > 0) {  // Its place: behind what was kept.
        lost = std::exchange(untold_, 0);
        const std::string time =
            absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", clock_.WallNow(), absl::UTCTimeZone());
        lines_.push_back(
            absl::StrCat("{\"event\":\"lost\",\"ts\":\"", time, "\",\"lines\":", lost, "}"));
        bytes_ += lines_.back().size();
      }
    }
  }
  if (error != 0 && before == 0) {
    log_.Write(LogLevel::kError, LogLine("record_failing").Add("reason", std::strerror(error)));
  } else if (error == 0 && before != 0) {
    log_.Write(LogLevel::kWarning, LogLine("record_resumed"));
  }
  if (lost > 0) {
    log_.Write(LogLevel::kError, LogLine("record_lost").Add("lines", static_cast<int64_t>(lost)));
  }
}

void RecordWriter::Run() {
  while (true) {
    std::string line;
    {
      absl::MutexLock lock(&mu_);
      mu_.Await(absl::Condition(this, &RecordWriter::HasWork));
      if (std::exchange(reopen_, false)) sink_->Reopen();
      if (lines_.empty()) {
        if (stopping_) return;
        continue;
      }
      line = lines_.front();
    }
    spdlog_.log(spdlog::level::info, line);
    const int error = sink_->last_error();
    NoteResult(error);
    if (error == 0) continue;
    absl::MutexLock lock(&mu_);
    if (mu_.AwaitWithTimeout(absl::Condition(&stopping_), kRetry)) return;
  }
}

}  // namespace streampair
