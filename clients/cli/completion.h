#ifndef STREAMPAIR_CLIENTS_CLI_COMPLETION_H_
#define STREAMPAIR_CLIENTS_CLI_COMPLETION_H_

#include <string>

#include "absl/strings/string_view.h"
#include "clients/cli/command_line.h"

namespace streampair::cli {

inline constexpr char kShells[] = "bash zsh fish";

// A script that completes the program's command lines; `shell` is one of kShells, else empty.
std::string CompletionScript(const ProgramSpec& program, absl::string_view shell);

}  // namespace streampair::cli

#endif  // STREAMPAIR_CLIENTS_CLI_COMPLETION_H_
