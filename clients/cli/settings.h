#ifndef STREAMPAIR_CLIENTS_CLI_SETTINGS_H_
#define STREAMPAIR_CLIENTS_CLI_SETTINGS_H_

#include <functional>
#include <optional>
#include <string>

#include "clients/cli/command_line.h"

namespace streampair::cli {

// Options that the command line does not have, from the environment and, after it, from a file:
//
//   --server-ca of the program   STREAMPAIR_SERVER_CA        server-ca: FILE
//   --label of connect           STREAMPAIR_CONNECT_LABEL    connect: {label: [a=b, c=d]}
//
// An option without a value is true or false there. The file is YAML.
struct SettingSources {
  // Of the process, or a test's. Empty counts as absent.
  std::function<std::string(const std::string&)> environment;
  std::string path = {};  // For complaints.
  std::string text = {};  // Of the file; empty: none.
};

// Adds to `line` what it lacks. The whole file is checked, whatever the command. What is wrong goes
// to `complaint`; false then.
bool AddSettings(const ProgramSpec& program, const SettingSources& sources, CommandLine* line,
                 std::string* complaint);

// The file to read: that of --config or STREAMPAIR_CONFIG, else the usual one if it is there. False
// if it cannot be read.
bool ReadSettingsFile(const CommandLine& line, SettingSources* sources, std::string* complaint);

}  // namespace streampair::cli

#endif  // STREAMPAIR_CLIENTS_CLI_SETTINGS_H_
