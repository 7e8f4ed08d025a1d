#ifndef STREAMPAIR_CLIENTS_CLI_MANUAL_H_
#define STREAMPAIR_CLIENTS_CLI_MANUAL_H_

#include <string>

#include "absl/strings/string_view.h"
#include "clients/cli/command_line.h"

namespace streampair::cli {

// The program's page for man(1), in the macros of man(7).
std::string ManualPage(const ProgramSpec& program, absl::string_view version);

}  // namespace streampair::cli

#endif  // STREAMPAIR_CLIENTS_CLI_MANUAL_H_
