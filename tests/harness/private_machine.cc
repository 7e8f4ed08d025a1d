#include "tests/harness/private_machine.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/check.h"
#include "gtest/gtest.h"
#include "tests/harness/child_process.h"
#include "tests/harness/scratch_dir.h"

namespace streampair::testing {
namespace {

void WriteFile(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  file.close();
  SP_CHECK(file.good());
}

void BindOver(const std::string& path, const std::string& text) {
  const std::string copy = absl::StrCat("/run/", path.substr(path.rfind('/') + 1));
  WriteFile(copy, text);
  SP_CHECK(mount(copy.c_str(), path.c_str(), nullptr, MS_BIND, nullptr) == 0);
}

// Test by test, since GoogleTest reports those as passed that an environment skips as a whole.
class SkipAll : public ::testing::EmptyTestEventListener {
 public:
  explicit SkipAll(int error) : error_(error) {}
  void OnTestStart(const ::testing::TestInfo&) override {
    GTEST_SKIP() << "this system allows no namespaces of our own: " << strerror(error_);
  }

 private:
  const int error_;
};

}  // namespace

int NamespaceError() {
  const pid_t child = fork();
  SP_CHECK(child >= 0);
  if (child == 0) _exit(unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) == 0 ? 0 : errno);
  int status = 0;
  SP_CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
  return WEXITSTATUS(status);
}

bool NeedNamespaces() {
  const int error = NamespaceError();
  if (error == 0) return true;
  // GoogleTest owns it.
  ::testing::UnitTest::GetInstance()->listeners().Append(new SkipAll(error));
  return false;
}

bool EnterPrivateMachine() {
  if (!NeedNamespaces()) return false;
  const uid_t user = getuid();
  const gid_t group = getgid();
  SP_CHECK(unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) == 0);
  WriteFile("/proc/self/setgroups", "deny");
  WriteFile("/proc/self/uid_map", absl::StrCat("0 ", user, " 1"));
  WriteFile("/proc/self/gid_map", absl::StrCat("0 ", group, " 1"));
  SP_CHECK(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0);
  SP_CHECK(mount("tmpfs", "/run", "tmpfs", 0, nullptr) == 0);
  BindOver("/etc/passwd", "root:x:0:0::/:/bin/sh\navahi:x:0:0::/:/bin/sh\n");
  BindOver("/etc/group", "root:x:0:\navahi:x:0:\nnetdev:x:0:\n");
  BindOver("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n");
  MustRun({"ip", "link", "set", "lo", "up"});
  return true;
}

void MustRun(const std::vector<std::string>& command) {
  ScratchDir scratch;
  ChildProcess child({.command = command, .output = scratch.File("output")});
  EXPECT_EQ(child.Wait(), 0) << absl::StrJoin(command, " ") << ": " << child.Output();
}

void MakeBlackHole(const std::string& prefix, const std::string& source) {
  const bool v6 = absl::StrContains(prefix, ":");
  const std::string family = v6 ? "-6" : "-4";
  std::vector<std::string> add = {"ip", family, "address", "replace", source, "dev", "lo"};
  if (v6) add.push_back("nodad");
  MustRun(add);
  // Sent to ourselves, who are not the one: dropped without a word.
  MustRun({"ip", family, "route", "replace", prefix, "dev", "lo"});
}

}  // namespace streampair::testing
