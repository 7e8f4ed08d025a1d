#include "tests/harness/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/base/check.h"
#include "gtest/gtest.h"
#include "tests/harness/scratch_dir.h"

namespace streampair::testing {
namespace {

std::vector<std::string> MergedEnvironment(const std::map<std::string, std::string>& extra) {
  std::vector<std::string> merged;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (extra.count(text.substr(0, text.find('='))) == 0) merged.push_back(text);
  }
  for (const auto& [name, value] : extra) merged.push_back(absl::StrCat(name, "=", value));
  return merged;
}

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// Daemons live in /usr/sbin, which Bazel leaves out of PATH.
std::string Locate(const std::string& program) {
  if (program.find('/') != std::string::npos) return program;
  for (const char* folder : {"/usr/sbin", "/usr/bin", "/sbin", "/bin"}) {
    const std::string path = absl::StrCat(folder, "/", program);
    if (access(path.c_str(), X_OK) == 0) return path;
  }
  ADD_FAILURE() << program << " is not installed; tools/setup installs it";
  return program;
}

// What fits a report: the last of it.
std::string Tail(const std::string& text) {
  constexpr size_t kMost = 8000;
  return text.size() <= kMost ? text : absl::StrCat("...", text.substr(text.size() - kMost));
}

int OpenFor(const std::string& path, int flags) {
  const int fd = open(path.empty() ? "/dev/null" : path.c_str(), flags | O_CLOEXEC, 0600);
  SP_CHECK(fd >= 0);
  return fd;
}

}  // namespace

ChildProcess::ChildProcess(ChildOptions options) : options_(std::move(options)) {
  const std::string program = Locate(options_.command.front());
  const std::vector<std::string> environment = MergedEnvironment(options_.environment);
  const std::vector<char*> argv = Pointers(options_.command);
  const std::vector<char*> envp = Pointers(environment);
  const UniqueFd input(OpenFor(options_.input, O_RDONLY));
  const UniqueFd output(OpenFor(options_.output, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND));
  const UniqueFd errors(options_.errors.empty()
                            ? dup(output.get())
                            : OpenFor(options_.errors, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND));

  pid_ = fork();
  SP_CHECK(pid_ >= 0);
  if (pid_ == 0) {
    // Only what is safe after a fork of a process with threads. The test's own connections must not
    // be inherited: a copy would keep them open.
    setpgid(0, 0);
    dup2(input.get(), STDIN_FILENO);
    dup2(output.get(), STDOUT_FILENO);
    dup2(errors.get(), STDERR_FILENO);
    syscall(SYS_close_range, 3U, ~0U, 0U);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    signal(SIGPIPE, SIG_DFL);
    if (options_.directory.empty() || chdir(options_.directory.c_str()) == 0) {
      execve(program.c_str(), argv.data(), envp.data());
    }
    _exit(127);
  }
  setpgid(pid_, pid_);  // Both do it, so that neither is too late.
  process_ = UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
  SP_CHECK(process_.valid());
}

ChildProcess::~ChildProcess() {
  if (Running()) {
    kill(-pid_, SIGKILL);
    Wait();
  } else {
    kill(-pid_, SIGKILL);  // Whatever it left behind in its group.
  }
  if (::testing::Test::HasFailure() && !options_.output.empty()) {
    std::cerr << "---- output of " << absl::StrCat(options_.command.front(), " (", pid_, ")\n")
              << Tail(Output()) << "---- end\n";
  }
}

void ChildProcess::Signal(int signal) {
  if (!result_.has_value()) kill(pid_, signal);
}

bool ChildProcess::Running() { return !Wait(absl::ZeroDuration()).has_value(); }

std::optional<int> ChildProcess::Wait(absl::Duration patience) {
  if (result_.has_value()) return result_;
  const absl::Time deadline = absl::Now() + patience;
  pollfd ended{process_.get(), POLLIN, 0};
  int ready = 0;
  do {
    const absl::Duration left = std::max(deadline - absl::Now(), absl::ZeroDuration());
    ready = poll(&ended, 1, static_cast<int>(absl::ToInt64Milliseconds(left)));
  } while (ready < 0 && errno == EINTR);
  if (ready <= 0) return std::nullopt;
  int status = 0;
  SP_CHECK(waitpid(pid_, &status, 0) == pid_);
  result_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result_;
}

std::string ChildProcess::Output() const { return ReadFile(options_.output).value_or(""); }

}  // namespace streampair::testing
