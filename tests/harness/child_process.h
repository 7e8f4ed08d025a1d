#ifndef STREAMPAIR_TESTS_HARNESS_CHILD_PROCESS_H_
#define STREAMPAIR_TESTS_HARNESS_CHILD_PROCESS_H_

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "core/base/unique_fd.h"
#include "tests/harness/wait.h"

namespace streampair::testing {

struct ChildOptions {
  std::vector<std::string> command;  // A name without '/' is a program of the system.
  std::string directory = {};        // Empty: that of the test.
  std::map<std::string, std::string> environment = {};  // On top of the test's own.
  std::string input = {};                               // A file for standard input; empty: none.
  std::string output = {};                              // A file for standard output; errors go
  std::string errors = {};                              // there too unless they have their own.
};

// A process of the test's, in a group of its own. Its owner: when the object goes, the group is
// killed and reaped.
class ChildProcess {
 public:
  explicit ChildProcess(ChildOptions options);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  void Signal(int signal);

  // Whether it has not ended. Reaps it if it has.
  bool Running();

  // How it ended: its exit code, or 128 + the signal that killed it. Nothing if it still runs after
  // that time.
  std::optional<int> Wait(absl::Duration patience = kPatience);

  // What it wrote so far to the output file.
  std::string Output() const;

 private:
  const ChildOptions options_;
  pid_t pid_ = -1;
  UniqueFd process_;  // Readable once it has ended.
  std::optional<int> result_;
};

}  // namespace streampair::testing

#endif  // STREAMPAIR_TESTS_HARNESS_CHILD_PROCESS_H_
