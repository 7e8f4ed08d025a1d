#include "server/metrics/process_sample.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace streampair {
namespace {

// Files of /proc have no size, so they are read to their end.
std::string Contents(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

double Number(absl::string_view text) {
  double number = 0;
  return absl::SimpleAtod(absl::StripAsciiWhitespace(text), &number) ? number : 0;
}

double OpenDescriptors() {
  DIR* const directory = opendir("/proc/self/fd");
  if (directory == nullptr) return 0;
  double count = -3;  // ".", "..", and the one that is read.
  while (readdir(directory) != nullptr) ++count;
  closedir(directory);
  return count;
}

// When the machine started, since the kernel counts from there.
double BootTime() {
  const std::string stat = Contents("/proc/stat");
  for (absl::string_view line : absl::StrSplit(stat, '\n')) {
    if (absl::ConsumePrefix(&line, "btime ")) return Number(line);
  }
  return 0;
}

}  // namespace

ProcessSample SampleProcess() {
  ProcessSample sample;
  sample.open_fds = OpenDescriptors();
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) sample.max_fds = static_cast<double>(limit.rlim_cur);

  // proc(5): the program's name, in brackets, may hold anything; the third field follows it.
  const std::string stat = Contents("/proc/self/stat");
  const size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return sample;
  const std::vector<std::string> fields = absl::StrSplit(stat.substr(name_end + 2), ' ');
  const auto field = [&](size_t number) {  // As proc(5) counts them.
    return number - 3 < fields.size() ? Number(fields[number - 3]) : 0;
  };
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  sample.cpu_seconds = (field(14) + field(15)) / ticks;
  sample.threads = field(20);
  sample.start_time = BootTime() + field(22) / ticks;
  sample.resident_bytes = field(24) * static_cast<double>(sysconf(_SC_PAGESIZE));
  return sample;
}

}  // namespace streampair
