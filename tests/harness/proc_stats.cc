#include "tests/harness/proc_stats.h"

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/harness/scratch_dir.h"

namespace streampair::testing {

ProcStats ReadProcStats(pid_t pid) {
  ProcStats stats;
  const std::optional<std::string> status = ReadFile(absl::StrCat("/proc/", pid, "/status"));
  if (!status.has_value()) return stats;
  for (absl::string_view line : absl::StrSplit(*status, '\n')) {
    const std::vector<absl::string_view> words =
        absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
    int64_t number = 0;
    if (words.size() < 2 || !absl::SimpleAtoi(words[1], &number)) continue;
    if (words[0] == "Threads:") stats.threads = number;
    if (words[0] == "VmRSS:") stats.resident_bytes = number * 1024;
    if (words[0] == "VmHWM:") stats.peak_resident_bytes = number * 1024;
  }
  std::error_code error;
  stats.descriptors = 0;
  stats.sockets = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(absl::StrCat("/proc/", pid, "/fd"), error)) {
    ++stats.descriptors;
    const std::filesystem::path kind = std::filesystem::read_symlink(entry.path(), error);
    if (!error && absl::StartsWith(kind.string(), "socket:")) ++stats.sockets;
  }
  return stats;
}

}  // namespace streampair::testing
