#include "server/record/record_sink.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"

namespace streampair {

RecordSink::RecordSink(RecordSettings settings) : settings_(std::move(settings)) {}

void RecordSink::sink_it_(const spdlog::details::log_msg& message) {
  last_error_ =
      Write(absl::StrCat(absl::string_view(message.payload.data(), message.payload.size()), "\n"));
  // Whatever it was, the file may be another one the next time.
  if (last_error_ != 0) file_.Reset();
}

int RecordSink::Open() {
  if (settings_.file.empty()) {
    file_ = UniqueFd(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0));
  } else {
    file_ = UniqueFd(open(settings_.file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640));
  }
  if (!file_.valid()) return errno;
  struct stat status = {};
  if (fstat(file_.get(), &status) != 0) return errno;
  is_regular_ = !settings_.file.empty() && S_ISREG(status.st_mode);
  size_ = is_regular_ ? static_cast<uint64_t>(status.st_size) : 0;
  return 0;
}

int RecordSink::Write(const std::string& line) {
  if (!file_.valid()) {
    if (const int error = Open(); error != 0) return error;
  }
  if (is_regular_ && size_ > 0 && size_ + line.size() > settings_.max_bytes) {
    Rotate();
    if (const int error = Open(); error != 0) return error;
  }
  size_t done = 0;
  while (done < line.size()) {
    const ssize_t wrote = write(file_.get(), line.data() + done, line.size() - done);
    if (wrote > 0) {
      done += static_cast<size_t>(wrote);
      continue;
    }
    if (wrote < 0 && errno == EINTR) continue;
    const int error = wrote < 0 ? errno : EIO;
    // Nobody should have to parse half a line; a pipe's reader must.
    if (done > 0 && is_regular_ && ftruncate(file_.get(), static_cast<off_t>(size_)) != 0) {
      return errno;
    }
    return error;
  }
  size_ += line.size();
  return 0;
}

// Renames that fail leave the file to grow; its lines matter more than its size.
void RecordSink::Rotate() {
  const auto numbered = [&](uint32_t number) { return absl::StrCat(settings_.file, ".", number); };
  for (uint32_t i = settings_.max_files; i > 1; --i) {
    std::rename(numbered(i - 1).c_str(), numbered(i).c_str());
  }
  std::rename(settings_.file.c_str(), numbered(1).c_str());
}

}  // namespace streampair
