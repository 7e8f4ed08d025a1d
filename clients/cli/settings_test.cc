#include "clients/cli/settings.h"

#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"

namespace streampair::cli {
namespace {

using Variables = std::map<std::string, std::string>;

const ProgramSpec& Program() {
  static const auto* const program = [] {
    auto* made = new ProgramSpec();
    made->options = {{"server", "ADDRESS", ""},
                     {"server-ca", "FILE", ""},
                     {"json", "", ""},
                     {"config", "FILE", ""}};
    CommandSpec go;
    go.name = "go";
    go.options = {{"label", "KEY=VALUE", "", true}, {"connect-timeout", "DURATION", ""}};
    CommandSpec stay;
    stay.name = "stay";
    stay.options = {{"long", "", ""}};
    made->commands = {go, stay};
    return made;
  }();
  return *program;
}

SettingSources Sources(const Variables& variables, const std::string& text) {
  return {.environment =
              [variables](const std::string& name) {
                const auto found = variables.find(name);
                return found == variables.end() ? "" : found->second;
              },
          .path = "file",
          .text = text};
}

// All options in force, or the complaint.
std::string Options(std::vector<std::string> arguments, const Variables& variables,
                    const std::string& text) {
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  CommandLine line = ReadCommandLine(Program(), pointers);
  std::string complaint;
  if (!AddSettings(Program(), Sources(variables, text), &line, &complaint)) return complaint;
  EXPECT_EQ(complaint, "");
  std::vector<std::string> options;
  for (const auto& [name, values] : line.options) {
    options.push_back(absl::StrCat(name, "=", absl::StrJoin(values, "|")));
  }
  return absl::StrJoin(options, " ");
}

TEST(Settings, FlagsComeBeforeTheEnvironmentAndThatBeforeTheFile) {
  const std::string file = "server: file:1\nserver-ca: file.pem\njson: true\n";
  EXPECT_EQ(Options({"go"}, {}, ""), "");
  EXPECT_EQ(Options({"go"}, {}, file), "json= server=file:1 server-ca=file.pem");
  EXPECT_EQ(Options({"go"}, {{"STREAMPAIR_SERVER", "env:1"}, {"STREAMPAIR_SERVER_CA", ""}}, file),
            "json= server=env:1 server-ca=file.pem");
  EXPECT_EQ(Options({"go", "--server=flag:1"}, {{"STREAMPAIR_SERVER", "env:1"}}, file),
            "json= server=flag:1 server-ca=file.pem");
  EXPECT_EQ(Options({"go"}, {{"STREAMPAIR_JSON", "no"}}, file), "server=file:1 server-ca=file.pem");
}

TEST(Settings, CommandsHaveTheirOwn) {
  const std::string file = "go: {label: [a=b, c=d], connect-timeout: 10s}\nstay: {long: yes}\n";
  EXPECT_EQ(Options({"go"}, {}, file), "connect-timeout=10s label=a=b|c=d");
  EXPECT_EQ(Options({"go", "--label=x=y"}, {}, file), "connect-timeout=10s label=x=y");
  EXPECT_EQ(Options({"stay"}, {}, file), "long=");
  EXPECT_EQ(Options({"stay"}, {{"STREAMPAIR_STAY_LONG", "0"}}, file), "");
  EXPECT_EQ(Options({"go"}, {{"STREAMPAIR_GO_LABEL", "e=f"}, {"STREAMPAIR_STAY_LONG", "1"}}, ""),
            "label=e=f");
  EXPECT_EQ(Options({"go"}, {}, "{\"server\": \"json:1\"}"), "server=json:1");
}

TEST(Settings, SaysWhatIsWrongAndWhere) {
  const std::pair<std::string, std::string> rows[] = {
      {"- a\n", "file line 1: must be a map of options"},
      {"server: x\nsever: y\n", "file line 2: there is no option 'sever' here"},
      {"label: [a=b]\n", "file line 1: there is no option 'label' here"},
      {"config: other\n", "file line 1: there is no option 'config' here"},
      {"go: x\n", "file line 1: go must be a map of its options"},
      {"stay:\n  longer: true\n", "file line 2: there is no option 'longer' here"},
      {"json: perhaps\n", "file line 1: json must be true or false"},
      {"server: [a, b]\n", "file line 1: server must be one value"},
      {"go: {label: [[a]]}\n", "file line 1: label must be a list of texts"},
      {"server: {\n", "file line 2: "},
  };
  for (const auto& [text, complaint] : rows) {
    EXPECT_EQ(Options({"go"}, {}, text).substr(0, complaint.size()), complaint) << text;
  }
  EXPECT_EQ(Options({"go"}, {{"STREAMPAIR_JSON", "maybe"}}, ""),
            "STREAMPAIR_JSON=maybe is neither true nor false");
}

TEST(Settings, TheFileIsWhereItIsLookedFor) {
  const std::string folder = getenv("TEST_TMPDIR");
  const std::string file = absl::StrCat(folder, "/own.yaml");
  std::ofstream(file) << "server: a:1\n";
  std::string complaint;
  CommandLine line;
  SettingSources none = Sources({{"HOME", folder + "/nobody"}}, "");
  EXPECT_TRUE(ReadSettingsFile(line, &none, &complaint));
  EXPECT_EQ(none.text, "");
  EXPECT_EQ(none.path, folder + "/nobody/.config/streampair/config.yaml");
  SettingSources named = Sources({{"STREAMPAIR_CONFIG", file}}, "");
  EXPECT_TRUE(ReadSettingsFile(line, &named, &complaint));
  EXPECT_EQ(named.text, "server: a:1\n");
  line.options["config"] = {file + "x"};
  EXPECT_FALSE(ReadSettingsFile(line, &named, &complaint)) << "the flag comes first";
  EXPECT_EQ(complaint, file + "x cannot be read: No such file or directory");
  SettingSources homeless = Sources({}, "");
  EXPECT_TRUE(ReadSettingsFile(CommandLine(), &homeless, &complaint));
}

}  // namespace
}  // namespace streampair::cli
