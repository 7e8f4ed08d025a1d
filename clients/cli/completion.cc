#include "clients/cli/completion.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace streampair::cli {
namespace {

using Options = std::vector<OptionSpec>;

// "--ca=" or "--tls".
std::string Word(const OptionSpec& option) {
  return absl::StrCat("--", option.name, option.value.empty() ? "" : "=");
}

// The first sentence of a help.
std::string Brief(const std::string& help) {
  const std::string first = help.substr(0, help.find(". "));
  return first.substr(0, first.find(": "));
}

// Bash.

std::string BashPatterns(const CommandSpec* command, const Options& options, bool with_choices) {
  std::vector<std::string> patterns;
  for (const OptionSpec& option : options) {
    if (option.value.empty() || option.choices.empty() == with_choices) continue;
    patterns.push_back(absl::StrCat(command == nullptr ? "*" : command->name, ":--", option.name));
  }
  return absl::StrJoin(patterns, " | ");
}

void BashValues(const CommandSpec* command, const Options& options, std::string* script) {
  for (const OptionSpec& option : options) {
    if (option.choices.empty()) continue;
    absl::StrAppend(script, "    ", command == nullptr ? "*" : command->name, ":--", option.name,
                    ")\n      ");
    if (option.choices == "file") {
      absl::StrAppend(script, "compopt -o filenames 2>/dev/null\n",
                      "      mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n");
    } else {
      absl::StrAppend(script, "mapfile -t COMPREPLY < <(compgen -W '", option.choices,
                      "' -- \"$current\")\n");
    }
    absl::StrAppend(script, "      return ;;\n");
  }
  const std::string others = BashPatterns(command, options, false);
  if (!others.empty()) absl::StrAppend(script, "    ", others, ") return ;;\n");
}

std::string BashWords(const Options& options) {
  return absl::StrJoin(options, " ", [](std::string* out, const OptionSpec& option) {
    absl::StrAppend(out, Word(option));
  });
}

std::string Bash(const ProgramSpec& program) {
  std::vector<std::string> names, valued;
  for (const CommandSpec& command : program.commands) names.push_back(command.name);
  for (const OptionSpec& option : program.options) {
    if (!option.value.empty()) valued.push_back("--" + option.name);
  }
  std::string script = R"(# Made by 'streampair completion bash'.
_streampair() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} option='' command='' words='' i
  # Bash takes --name=VALUE apart at the '='.
  if [[ $current == '=' ]]; then
    option=$before current=''
  elif [[ $before == '=' ]]; then
    option=${COMP_WORDS[COMP_CWORD - 2]}
  elif [[ $before == --* ]]; then
    option=$before
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
)";
  absl::StrAppend(&script, "      ", absl::StrJoin(valued, " | "), ")\n",
                  "        [[ ${COMP_WORDS[i + 1]} == '=' ]] && ((i++))\n        ((i++)) ;;\n",
                  "      ", absl::StrJoin(names, " | "), ")\n",
                  "        command=${COMP_WORDS[i]}\n        break ;;\n    esac\n  done\n",
                  "  COMPREPLY=()\n  case $command:$option in\n");
  BashValues(nullptr, program.options, &script);
  for (const CommandSpec& command : program.commands) {
    BashValues(&command, command.options, &script);
  }
  absl::StrAppend(&script, "  esac\n  case $command in\n    '') words='", absl::StrJoin(names, " "),
                  " help --help --version' ;;\n");
  for (const CommandSpec& command : program.commands) {
    absl::StrAppend(&script, "    ", command.name, ") words='", BashWords(command.options),
                    command.options.empty() ? "" : " ", command.operand_choices,
                    command.operand_choices.empty() ? "" : " ", "--help' ;;\n");
  }
  absl::StrAppend(&script, "  esac\n  words+=' ", BashWords(program.options), "'\n", R"(
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
  return 0
}
complete -F _streampair streampair
)");
  return script;
}

// Zsh.

std::string ZshQuoted(absl::string_view text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "'\\''"}}), "'");
}

std::string ZshOption(const OptionSpec& option) {
  const std::string help =
      absl::StrReplaceAll(Brief(option.help), {{"[", "("}, {"]", ")"}, {":", " "}});
  std::string spec = absl::StrCat(option.many ? "*" : "", Word(option), "[", help, "]");
  if (!option.value.empty()) {
    const std::string action = option.choices.empty()     ? ""
                               : option.choices == "file" ? "_files"
                                                          : absl::StrCat("(", option.choices, ")");
    absl::StrAppend(&spec, ":", option.value, ":", action);
  }
  return ZshQuoted(spec);
}

void ZshOptions(const Options& options, const std::string& indent, std::string* script) {
  for (const OptionSpec& option : options) {
    absl::StrAppend(script, indent, ZshOption(option), "\n");
  }
}

std::string Zsh(const ProgramSpec& program) {
  std::string script = R"(#compdef streampair
# Made by 'streampair completion zsh'.
_streampair() {
  local context state state_descr line
  typeset -A opt_args
  local -a every own commands
  every=(
)";
  ZshOptions(program.options, "    ", &script);
  absl::StrAppend(&script, "    '--help[Show help]'\n  )\n  commands=(\n");
  for (const CommandSpec& command : program.commands) {
    absl::StrAppend(&script, "    ",
                    ZshQuoted(absl::StrCat(command.name, ":",
                                           absl::StrReplaceAll(command.summary, {{":", " "}}))),
                    "\n");
  }
  absl::StrAppend(&script, "  )\n",
                  "  _arguments -C $every '--version[Show the version]' '1:command:->command' "
                  "'*::argument:->argument' && return\n",
                  "  case $state in\n    command) _describe command commands ;;\n",
                  "    argument)\n      case $words[1] in\n");
  for (const CommandSpec& command : program.commands) {
    absl::StrAppend(&script, "        ", command.name, ")\n          own=(\n");
    ZshOptions(command.options, "            ", &script);
    const std::string operands =
        command.operand_choices.empty() ? "" : absl::StrCat("(", command.operand_choices, ")");
    absl::StrAppend(&script, "            '*:operand:", operands, "'\n          ) ;;\n");
  }
  absl::StrAppend(&script, "      esac\n      _arguments $every $own ;;\n  esac\n}\n", R"(
if [[ $funcstack[1] == _streampair ]]; then
  _streampair "$@"
else
  compdef _streampair streampair
fi
)");
  return script;
}

// Fish.

std::string FishQuoted(absl::string_view text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"'", "\\'"}}), "'");
}

void FishOptions(const std::string& condition, const Options& options, std::string* script) {
  for (const OptionSpec& option : options) {
    absl::StrAppend(script, "complete -c streampair", condition, " -l ", option.name);
    if (option.choices == "file") {
      absl::StrAppend(script, " -r -F");
    } else if (!option.value.empty()) {
      absl::StrAppend(script, " -x");
      if (!option.choices.empty()) absl::StrAppend(script, " -a ", FishQuoted(option.choices));
    }
    absl::StrAppend(script, " -d ", FishQuoted(Brief(option.help)), "\n");
  }
}

std::string Fish(const ProgramSpec& program) {
  std::string script = "# Made by 'streampair completion fish'.\ncomplete -c streampair -f\n";
  FishOptions("", program.options, &script);
  for (const CommandSpec& command : program.commands) {
    absl::StrAppend(&script, "complete -c streampair -n __fish_use_subcommand -a ", command.name,
                    " -d ", FishQuoted(command.summary), "\n");
    const std::string condition =
        absl::StrCat(" -n '__fish_seen_subcommand_from ", command.name, "'");
    FishOptions(condition, command.options, &script);
    if (!command.operand_choices.empty()) {
      absl::StrAppend(&script, "complete -c streampair", condition, " -a ",
                      FishQuoted(command.operand_choices), "\n");
    }
  }
  return script;
}

}  // namespace

std::string CompletionScript(const ProgramSpec& program, absl::string_view shell) {
  if (shell == "bash") return Bash(program);
  if (shell == "zsh") return Zsh(program);
  if (shell == "fish") return Fish(program);
  return "";
}

}  // namespace streampair::cli
