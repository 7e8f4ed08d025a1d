#include "clients/cli/command_line.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace streampair::cli {
namespace {

using Action = CommandLine::Action;

const ProgramSpec& Program() {
  static const auto* const program = new ProgramSpec{
      .name = "program",
      .summary = "Does things.",
      .options = {{"server", "ADDRESS", "Which server."}, {"json", "", "As JSON."}},
      .commands =
          {
              {.name = "go",
               .operands = "WHERE",
               .summary = "Goes somewhere",
               .details = "And comes back.",
               .options = {{"label", "KEY=VALUE", "A label.", true}, {"speed", "N", "How fast."}},
               .examples = {"program go home"}},
              {.name = "stop",
               .operands = "",
               .summary = "Stops",
               .details = "",
               .options = {},
               .examples = {}},
          },
      .sections = {{"Exit codes", {{"0", "The end."}, {"128 + N", "A signal."}}}},
  };
  return *program;
}

CommandLine Read(std::vector<std::string> arguments) {
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  return ReadCommandLine(Program(), pointers);
}

TEST(CommandLine, TakesOptionsInEveryForm) {
  const CommandLine line =
      Read({"--server=a:1", "go", "--label", "x=1", "--label=y=2", "--json", "--speed=", "home"});
  ASSERT_EQ(line.action, Action::kRun) << line.complaint;
  EXPECT_EQ(line.command->name, "go");
  EXPECT_EQ(line.Value("server"), "a:1");
  EXPECT_EQ(line.options.at("label"), (std::vector<std::string>{"x=1", "y=2"}));
  EXPECT_TRUE(line.Has("json"));
  EXPECT_EQ(line.Value("speed"), "");
  EXPECT_EQ(line.operands, std::vector<std::string>{"home"});
  EXPECT_FALSE(line.Value("nothing"));
}

TEST(CommandLine, ProgramOptionsMayFollowTheCommand) {
  EXPECT_EQ(Read({"stop", "--server", "a:1"}).Value("server"), "a:1");
}

TEST(CommandLine, NegativeNumbersAndWhatFollowsTwoDashesAreOperands) {
  EXPECT_EQ(Read({"go", "-2", "-"}).operands, (std::vector<std::string>{"-2", "-"}));
  EXPECT_EQ(Read({"go", "--", "--json"}).operands, std::vector<std::string>{"--json"});
}

TEST(CommandLine, SaysWhatIsWrong) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> rows = {
      {{}, "a command is missing; there are go, stop"},
      {{"fly"}, "there is no command 'fly'; there are go, stop"},
      {{"go", "--sped=1"}, "there is no option --sped for go"},
      {{"--speed=1", "go"}, "there is no option --speed"},
      {{"go", "-x"}, "there is no option -x for go"},
      {{"go", "-speed=1"}, "there is no option -speed for go"},
      {{"go", "--speed"}, "--speed needs a value: --speed=N"},
      {{"go", "--speed=1", "--speed=2"}, "--speed is given twice"},
      {{"go", "--json=yes"}, "--json takes no value"},
  };
  for (const auto& [arguments, complaint] : rows) {
    const CommandLine line = Read(arguments);
    EXPECT_EQ(line.action, Action::kRefuse);
    EXPECT_EQ(line.complaint, complaint);
  }
}

TEST(CommandLine, HelpWinsOverMistakes) {
  for (const char* form : {"--help", "-h"}) {
    const CommandLine line = Read({"go", "--nonsense", form});
    EXPECT_EQ(line.action, Action::kShowHelp);
    ASSERT_NE(line.command, nullptr);
    EXPECT_EQ(line.command->name, "go");
  }
  EXPECT_EQ(Read({"help"}).command, nullptr);
  EXPECT_EQ(Read({"help", "stop"}).command->name, "stop");
  EXPECT_EQ(Read({"go", "--version"}).action, Action::kShowVersion);
}

TEST(CommandLine, HelpTellsEverything) {
  const std::string program = HelpText(Program(), nullptr);
  for (const char* part :
       {"Usage: program", "Does things.", "go WHERE  Goes somewhere", "--server=ADDRESS",
        "--json\n", "\nExit codes\n  0        The end.\n  128 + N  A signal.\n"}) {
    EXPECT_NE(program.find(part), program.npos) << part << " is not in:\n" << program;
  }
  const std::string command = HelpText(Program(), Read({"go"}).command);
  for (const char* part :
       {"Usage: program go [OPTION...] WHERE", "Goes somewhere.", "And comes back.",
        "--label=KEY=VALUE", "--server=ADDRESS", "program go home", "The end."}) {
    EXPECT_NE(command.find(part), command.npos) << part << " is not in:\n" << command;
  }
}

}  // namespace
}  // namespace streampair::cli
