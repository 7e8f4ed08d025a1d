#include "clients/cli/settings.h"

#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "clients/cli/small_file.h"

namespace streampair::cli {
namespace {

constexpr char kConfig[] = "config";

std::string VariableName(const std::string& command, const std::string& option) {
  const std::string name = absl::StrCat("STREAMPAIR_", command, command.empty() ? "" : "_", option);
  return absl::AsciiStrToUpper(absl::StrReplaceAll(name, {{"-", "_"}}));
}

// "true" gives the value that an option without one has; "false" gives none.
bool ReadSwitch(const std::string& text, std::vector<std::string>* values) {
  const std::string word = absl::AsciiStrToLower(text);
  if (word == "1" || word == "true" || word == "yes") {
    values->emplace_back();
    return true;
  }
  return word == "0" || word == "false" || word == "no";
}

class Adder {
 public:
  Adder(const ProgramSpec& program, CommandLine* line, std::string* complaint)
      : program_(program), line_(line), complaint_(complaint) {}

  bool FromEnvironment(const SettingSources& sources) {
    return FromEnvironment(sources, "", program_.options) &&
           FromEnvironment(sources, line_->command->name, line_->command->options);
  }

  bool FromFile(const SettingSources& sources) {
    path_ = sources.path;
    try {
      const YAML::Node root = YAML::Load(sources.text);
      if (root.IsNull()) return true;
      if (!root.IsMap()) return Refuse(root, "must be a map of options");
      for (const auto& entry : root) {
        const std::string name = entry.first.Scalar();
        const CommandSpec* command = FindCommand(name);
        if (command == nullptr) {
          if (!Take(program_.options, entry.first, entry.second, true)) return false;
          continue;
        }
        if (!entry.second.IsMap()) {
          return Refuse(entry.second, absl::StrCat(name, " must be a map of its options"));
        }
        for (const auto& inner : entry.second) {
          if (!Take(command->options, inner.first, inner.second, command == line_->command)) {
            return false;
          }
        }
      }
    } catch (const YAML::Exception& exception) {
      *complaint_ = absl::StrCat(path_, " line ", exception.mark.line + 1, ": ", exception.msg);
      return false;
    }
    return true;
  }

 private:
  bool FromEnvironment(const SettingSources& sources, const std::string& command,
                       const std::vector<OptionSpec>& options) {
    for (const OptionSpec& option : options) {
      const std::string variable = VariableName(command, option.name);
      const std::string text = sources.environment(variable);
      if (text.empty() || line_->Has(option.name)) continue;
      std::vector<std::string> values;
      if (!option.value.empty()) {
        values.push_back(text);
      } else if (!ReadSwitch(text, &values)) {
        *complaint_ = absl::StrCat(variable, "=", text, " is neither true nor false");
        return false;
      }
      Set(option, std::move(values));
    }
    return true;
  }

  // `wanted`: this command has the option.
  bool Take(const std::vector<OptionSpec>& options, const YAML::Node& key, const YAML::Node& value,
            bool wanted) {
    const std::string name = key.Scalar();
    const OptionSpec* option = nullptr;
    for (const OptionSpec& each : options) {
      if (each.name == name && name != kConfig) option = &each;
    }
    if (option == nullptr) return Refuse(key, absl::StrCat("there is no option '", name, "' here"));
    std::vector<std::string> values;
    if (value.IsSequence() && option->many) {
      for (const auto& each : value) {
        if (!each.IsScalar()) return Refuse(each, absl::StrCat(name, " must be a list of texts"));
        values.push_back(each.Scalar());
      }
    } else if (!value.IsScalar()) {
      return Refuse(value, absl::StrCat(name, " must be one value"));
    } else if (!option->value.empty()) {
      values.push_back(value.Scalar());
    } else if (!ReadSwitch(value.Scalar(), &values)) {
      return Refuse(value, absl::StrCat(name, " must be true or false"));
    }
    if (wanted && !line_->Has(name) && decided_.count(name) == 0) Set(*option, std::move(values));
    return true;
  }

  void Set(const OptionSpec& option, std::vector<std::string> values) {
    decided_.emplace(option.name, true);
    if (!values.empty()) line_->options[option.name] = std::move(values);
  }

  const CommandSpec* FindCommand(const std::string& name) const {
    for (const CommandSpec& command : program_.commands) {
      if (command.name == name) return &command;
    }
    return nullptr;
  }

  bool Refuse(const YAML::Node& node, const std::string& why) {
    *complaint_ = absl::StrCat(path_, " line ", node.Mark().line + 1, ": ", why);
    return false;
  }

  const ProgramSpec& program_;
  CommandLine* const line_;
  std::string* const complaint_;
  std::string path_;
  std::map<std::string, bool> decided_;  // Also those that a source said are off.
};

}  // namespace

bool AddSettings(const ProgramSpec& program, const SettingSources& sources, CommandLine* line,
                 std::string* complaint) {
  Adder adder(program, line, complaint);
  return adder.FromEnvironment(sources) && adder.FromFile(sources);
}

bool ReadSettingsFile(const CommandLine& line, SettingSources* sources, std::string* complaint) {
  sources->path = line.Value(kConfig).value_or(sources->environment("STREAMPAIR_CONFIG"));
  if (sources->path.empty()) {
    std::string folder = sources->environment("XDG_CONFIG_HOME");
    const std::string home = sources->environment("HOME");
    if (folder.empty() && home.empty()) return true;
    if (folder.empty()) folder = absl::StrCat(home, "/.config");
    sources->path = absl::StrCat(folder, "/streampair/config.yaml");
    if (access(sources->path.c_str(), F_OK) != 0) return true;
  }
  std::optional<std::string> text = ReadSmallFile(sources->path, complaint);
  if (!text) return false;
  sources->text = *std::move(text);
  return true;
}

}  // namespace streampair::cli
