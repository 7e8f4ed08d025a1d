#include "clients/cli/command_line.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace streampair::cli {
namespace {

constexpr size_t kWidth = 96;

CommandLine Refuse(const CommandSpec* command, std::string complaint) {
  CommandLine line;
  line.action = CommandLine::Action::kRefuse;
  line.command = command;
  line.complaint = std::move(complaint);
  return line;
}

const OptionSpec* Find(const std::vector<OptionSpec>& options, absl::string_view name) {
  for (const OptionSpec& option : options) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

const CommandSpec* FindCommand(const ProgramSpec& program, absl::string_view name) {
  for (const CommandSpec& command : program.commands) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

std::string Commands(const ProgramSpec& program) {
  return absl::StrJoin(program.commands, ", ", [](std::string* out, const CommandSpec& command) {
    out->append(command.name);
  });
}

bool IsOption(absl::string_view argument) {
  return argument.size() > 1 && argument[0] == '-' &&
         !std::isdigit(static_cast<unsigned char>(argument[1]));
}

std::string Wrapped(absl::string_view text, size_t indent) {
  std::string lines;
  for (absl::string_view paragraph : absl::StrSplit(text, '\n')) {
    std::string line;
    for (absl::string_view word : absl::StrSplit(paragraph, ' ', absl::SkipEmpty())) {
      if (!line.empty() && indent + line.size() + 1 + word.size() > kWidth) {
        absl::StrAppend(&lines, std::string(indent, ' '), line, "\n");
        line.clear();
      }
      absl::StrAppend(&line, line.empty() ? "" : " ", word);
    }
    absl::StrAppend(&lines, line.empty() ? "" : std::string(indent, ' '), line, "\n");
  }
  return lines;
}

std::string OptionsHelp(absl::string_view title, const std::vector<OptionSpec>& options) {
  if (options.empty()) return "";
  std::string text = absl::StrCat("\n", title, "\n");
  for (const OptionSpec& option : options) {
    absl::StrAppend(&text, "  --", option.name, option.value.empty() ? "" : "=", option.value, "\n",
                    Wrapped(option.help, 6));
  }
  return text;
}

std::string SectionsHelp(const std::vector<HelpSection>& sections) {
  std::string help;
  for (const HelpSection& section : sections) {
    absl::StrAppend(&help, "\n", section.title, "\n");
    size_t width = 0;
    for (const auto& [name, text] : section.rows) width = std::max(width, name.size());
    for (const auto& [name, text] : section.rows) {
      absl::StrAppend(&help, "  ", name, std::string(width - name.size() + 2, ' '),
                      absl::StripLeadingAsciiWhitespace(Wrapped(text, width + 4)));
    }
  }
  return help;
}

}  // namespace

std::optional<std::string> CommandLine::Value(const std::string& name) const {
  const auto found = options.find(name);
  if (found == options.end()) return std::nullopt;
  return found->second.back();
}

std::vector<std::string> CommandLine::Values(const std::string& name) const {
  const auto found = options.find(name);
  return found == options.end() ? std::vector<std::string>() : found->second;
}

CommandLine ReadCommandLine(const ProgramSpec& program, absl::Span<char* const> arguments) {
  CommandLine line;
  bool options_over = false, help = false;
  std::string complaint;  // The first one; help is shown in spite of it.
  const auto complain = [&complaint](std::string text) {
    if (complaint.empty()) complaint = std::move(text);
  };
  for (size_t i = 0; i < arguments.size(); ++i) {
    const absl::string_view argument = arguments[i];
    if (!options_over && argument == "--") {
      options_over = true;
    } else if (options_over || !IsOption(argument)) {
      if (line.command != nullptr) {
        line.operands.emplace_back(argument);
      } else if (argument == "help") {
        help = true;
      } else if (line.command = FindCommand(program, argument); line.command == nullptr) {
        complain(
            absl::StrCat("there is no command '", argument, "'; there are ", Commands(program)));
      }
    } else if (argument == "--help" || argument == "-h") {
      help = true;
    } else if (argument == "--version") {
      line.action = CommandLine::Action::kShowVersion;
      return line;
    } else {
      const std::vector<absl::string_view> halves =
          absl::StrSplit(argument, absl::MaxSplits('=', 1));
      const absl::string_view name = absl::StripPrefix(halves[0], "--");
      const OptionSpec* option = Find(program.options, name);
      if (option == nullptr && line.command != nullptr) option = Find(line.command->options, name);
      if (option == nullptr || !absl::StartsWith(argument, "--")) {
        complain(absl::StrCat("there is no option ", halves[0],
                              line.command == nullptr ? "" : " for ",
                              line.command == nullptr ? "" : line.command->name));
        continue;
      }
      std::vector<std::string>& values = line.options[option->name];
      if (!values.empty() && !option->many) {
        complain(absl::StrCat("--", name, " is given twice"));
      }
      if (option->value.empty()) {
        if (halves.size() == 2) complain(absl::StrCat("--", name, " takes no value"));
        values.emplace_back();
      } else if (halves.size() == 2) {
        values.emplace_back(halves[1]);
      } else if (i + 1 < arguments.size()) {
        values.emplace_back(arguments[++i]);
      } else {
        complain(absl::StrCat("--", name, " needs a value: --", name, "=", option->value));
        values.emplace_back();
      }
    }
  }
  if (help) {
    line.action = CommandLine::Action::kShowHelp;
    return line;
  }
  if (!complaint.empty()) return Refuse(line.command, std::move(complaint));
  if (line.command == nullptr) {
    return Refuse(nullptr, absl::StrCat("a command is missing; there are ", Commands(program)));
  }
  return line;
}

std::string HelpText(const ProgramSpec& program, const CommandSpec* command) {
  if (command == nullptr) {
    std::string text =
        absl::StrCat("Usage: ", program.name, " [OPTION...] COMMAND [ARGUMENT...]\n\n",
                     Wrapped(program.summary, 0), "\nCommands\n");
    size_t width = 0;
    for (const CommandSpec& each : program.commands) {
      width = std::max(width, each.name.size() + 1 + each.operands.size());
    }
    for (const CommandSpec& each : program.commands) {
      const std::string synopsis = absl::StrCat(each.name, " ", each.operands);
      absl::StrAppend(&text, "  ", synopsis, std::string(width - synopsis.size() + 2, ' '),
                      each.summary, "\n");
    }
    return absl::StrCat(text, OptionsHelp("Options", program.options),
                        "  --help, --version\n      'streampair COMMAND --help' tells more about a "
                        "command.\n",
                        SectionsHelp(program.sections));
  }
  std::string text = absl::StrCat("Usage: ", program.name, " ", command->name, " [OPTION...]",
                                  command->operands.empty() ? "" : " ", command->operands, "\n\n",
                                  Wrapped(absl::StrCat(command->summary, "."), 0), "\n",
                                  Wrapped(command->details, 0));
  absl::StrAppend(&text, OptionsHelp("Options", command->options),
                  OptionsHelp("Options of every command", program.options));
  if (!command->examples.empty()) {
    absl::StrAppend(&text, "\nExamples\n");
    for (const std::string& example : command->examples)
      absl::StrAppend(&text, "  ", example, "\n");
  }
  return absl::StrCat(text, SectionsHelp(program.sections));
}

}  // namespace streampair::cli
