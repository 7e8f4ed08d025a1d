#ifndef STREAMPAIR_TESTS_HARNESS_CLI_H_
#define STREAMPAIR_TESTS_HARNESS_CLI_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/base/unique_fd.h"
#include "tests/harness/child_process.h"
#include "tests/harness/scratch_dir.h"

namespace streampair::testing {

// The streampair program, with a pipe as its standard input. Its home is a directory of its own, so
// that no settings of whoever runs the test count.
class Cli {
 public:
  // `environment`: "NAME=VALUE".
  explicit Cli(std::vector<std::string> arguments, std::vector<std::string> environment = {});

  void Say(absl::string_view input);  // At most 64 KiB that it has not read.
  void EndInput() { input_.Reset(); }
  void Signal(int signal) { process_->Signal(signal); }

  // Waits until it has written that.
  [[nodiscard]] bool AwaitOutput(absl::string_view text);
  [[nodiscard]] bool AwaitErrors(absl::string_view text);
  std::string Output() const;
  std::string Errors() const;

  // Its exit code, or 128 + the signal that killed it; nothing if it does not end.
  std::optional<int> Wait() { return process_->Wait(); }

 private:
  ScratchDir scratch_;
  UniqueFd input_;
  std::unique_ptr<ChildProcess> process_;
};

// Runs it with that input to its end.
struct CliResult {
  std::optional<int> code;
  std::string output;
  std::string errors;
};
CliResult RunCli(std::vector<std::string> arguments, absl::string_view input = "",
                 std::vector<std::string> environment = {});

}  // namespace streampair::testing

#endif  // STREAMPAIR_TESTS_HARNESS_CLI_H_
