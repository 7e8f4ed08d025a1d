// 'completion' and 'manual': what packages install beside the program. They need no server.
#include <iostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "clients/cli/commands.h"
#include "clients/cli/completion.h"
#include "clients/cli/manual.h"
#include "clients/cli/report.h"
#include "clients/cpp/version.h"

namespace streampair::cli {

CommandSpec CompletionSpec() {
  return {
      .name = "completion",
      .operands = "SHELL",
      .summary = "Prints a script with which bash, zsh or fish completes command lines",
      .details = "",
      .options = {},
      .examples = {"source <(streampair completion bash)",
                   "streampair completion zsh >~/.zsh/completions/_streampair",
                   "streampair completion fish >~/.config/fish/completions/streampair.fish"},
      .operand_choices = kShells,
  };
}

int Completion(const ProgramSpec& program, const CommandLine& line) {
  const std::string script =
      line.operands.size() == 1 ? CompletionScript(program, line.operands[0]) : "";
  if (script.empty()) return RefuseUsage(line, "completion takes one of bash, zsh, fish");
  std::cout << script;
  return kOk;
}

CommandSpec ManualSpec() {
  return {
      .name = "manual",
      .operands = "",
      .summary = "Prints the page for man(1)",
      .details = "",
      .options = {},
      .examples = {"streampair manual >/usr/local/share/man/man1/streampair.1"},
  };
}

int Manual(const ProgramSpec& program, const CommandLine& line) {
  if (!line.operands.empty()) return RefuseUsage(line, "manual takes no operands");
  std::cout << ManualPage(program, client::kVersion);
  return kOk;
}

}  // namespace streampair::cli
