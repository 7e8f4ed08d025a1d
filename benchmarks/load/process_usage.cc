#include "benchmarks/load/process_usage.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace streampair::bench {
namespace {

// The field after the program's name, which may hold anything.
pid_t ParentOf(const std::string& stat) {
  const size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return 0;
  char state;
  int parent = 0;
  if (std::sscanf(stat.c_str() + name_end + 1, " %c %d", &state, &parent) != 2) return 0;
  return parent;
}

std::vector<pid_t> WithDescendants(std::vector<pid_t> pids) {
  std::multimap<pid_t, pid_t> children;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    int pid;
    if (!absl::SimpleAtoi(entry.path().filename().string(), &pid)) continue;
    std::ifstream file(entry.path() / "stat");
    std::string stat;
    std::getline(file, stat);
    children.emplace(ParentOf(stat), pid);
  }
  for (size_t i = 0; i < pids.size(); ++i) {
    const auto [begin, end] = children.equal_range(pids[i]);
    for (auto each = begin; each != end; ++each) {
      if (std::find(pids.begin(), pids.end(), each->second) == pids.end()) {
        pids.push_back(each->second);
      }
    }
  }
  return pids;
}

}  // namespace

ProcessUsage UsageOf(const std::vector<pid_t>& roots) {
  ProcessUsage usage;
  for (const pid_t pid : WithDescendants(roots)) {
    std::error_code error;
    for (const auto& task :
         std::filesystem::directory_iterator(absl::StrCat("/proc/", pid, "/task"), error)) {
      std::ifstream file(task.path() / "schedstat");
      uint64_t nanoseconds = 0;
      if (file >> nanoseconds) usage.cpu_seconds += static_cast<double>(nanoseconds) / 1e9;
    }
    std::ifstream status(absl::StrCat("/proc/", pid, "/statm"));
    int64_t total = 0, resident = 0;
    if (status >> total >> resident) usage.resident_kb += resident * 4;
  }
  return usage;
}

}  // namespace streampair::bench
