#include "tests/harness/cli.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "tests/harness/server_process.h"
#include "tests/harness/wait.h"

namespace streampair::testing {

Cli::Cli(std::vector<std::string> arguments, std::vector<std::string> environment) {
  const std::string pipe = scratch_.File("input");
  EXPECT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  input_ = UniqueFd(open(pipe.c_str(), O_RDWR | O_CLOEXEC));
  std::vector<std::string> command = {ProgramPath("clients/cli/streampair")};
  command.insert(command.end(), arguments.begin(), arguments.end());
  std::map<std::string, std::string> variables = {
      {"HOME", scratch_.path()}, {"XDG_CONFIG_HOME", ""}, {"STREAMPAIR_SERVER", ""}};
  for (const std::string& variable : environment) {
    const size_t equals = variable.find('=');
    variables[variable.substr(0, equals)] = variable.substr(equals + 1);
  }
  process_ = std::make_unique<ChildProcess>(ChildOptions{.command = std::move(command),
                                                         .environment = std::move(variables),
                                                         .input = pipe,
                                                         .output = scratch_.File("output"),
                                                         .errors = scratch_.File("errors")});
}

void Cli::Say(absl::string_view input) {
  EXPECT_EQ(write(input_.get(), input.data(), input.size()), static_cast<ssize_t>(input.size()));
}

bool Cli::AwaitOutput(absl::string_view text) {
  return WaitUntil([&] { return absl::StrContains(Output(), text); });
}

bool Cli::AwaitErrors(absl::string_view text) {
  return WaitUntil([&] { return absl::StrContains(Errors(), text); });
}

std::string Cli::Output() const { return ReadFile(scratch_.File("output")).value_or(""); }

std::string Cli::Errors() const { return ReadFile(scratch_.File("errors")).value_or(""); }

CliResult RunCli(std::vector<std::string> arguments, absl::string_view input,
                 std::vector<std::string> environment) {
  Cli cli(std::move(arguments), std::move(environment));
  cli.Say(input);
  cli.EndInput();
  CliResult result;
  result.code = cli.Wait();
  result.output = cli.Output();
  result.errors = cli.Errors();
  return result;
}

}  // namespace streampair::testing
