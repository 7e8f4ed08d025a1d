#ifndef STREAMPAIR_CLIENTS_CLI_COMMAND_LINE_H_
#define STREAMPAIR_CLIENTS_CLI_COMMAND_LINE_H_

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace streampair::cli {

// An option as people write it: --name, --name=VALUE or --name VALUE.
struct OptionSpec {
  std::string name;   // Without dashes.
  std::string value;  // What stands for the value in the help; empty: the option takes none.
  std::string help;   // One or more sentences.
  bool many = false;  // May be given more than once.
  // For completion: "file", or words to choose from, separated by spaces; empty: anything.
  std::string choices = {};
};

// A command, and all that its help says.
struct CommandSpec {
  std::string name;
  std::string operands;  // As in "HOST PORT".
  std::string summary;   // One line, without a full stop.
  std::string details;   // Paragraphs, separated by "\n".
  std::vector<OptionSpec> options;
  std::vector<std::string> examples;
  std::string operand_choices = {};  // For completion: words, separated by spaces.
};

// Something else to know, as names and what they mean.
struct HelpSection {
  std::string title;
  std::vector<std::pair<std::string, std::string>> rows;
};

// The program: options that hold for every command, and the commands.
struct ProgramSpec {
  std::string name;
  std::string summary;
  std::vector<OptionSpec> options;
  std::vector<CommandSpec> commands;
  std::vector<HelpSection> sections;
};

// What a command line asks for.
struct CommandLine {
  enum class Action { kRun, kShowHelp, kShowVersion, kRefuse };
  Action action = Action::kRun;
  const CommandSpec* command =
      nullptr;  // Null only for help on the program, --version, or kRefuse.
  std::map<std::string, std::vector<std::string>> options = {};
  std::vector<std::string> operands = {};
  std::string complaint = {};  // For kRefuse: one line.

  bool Has(const std::string& name) const { return options.count(name) > 0; }
  // The last value given.
  std::optional<std::string> Value(const std::string& name) const;
  // All of them.
  std::vector<std::string> Values(const std::string& name) const;
};

// Reads the arguments after the program's name. Options of the program may stand anywhere, those of
// a command after it; "--" ends them, and a negative number is an operand. -h, --help and --version
// win over everything.
CommandLine ReadCommandLine(const ProgramSpec& program, absl::Span<char* const> arguments);

// The help on the program, or on one command.
std::string HelpText(const ProgramSpec& program, const CommandSpec* command);

}  // namespace streampair::cli

#endif  // STREAMPAIR_CLIENTS_CLI_COMMAND_LINE_H_
