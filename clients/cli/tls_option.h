#ifndef STREAMPAIR_CLIENTS_CLI_TLS_OPTION_H_
#define STREAMPAIR_CLIENTS_CLI_TLS_OPTION_H_

#include <optional>
#include <string>
#include <vector>

#include "clients/cli/command_line.h"
#include "clients/cpp/tls_options.h"

namespace streampair::cli {

// The options about TLS to the target, --starttls aside. Those that weaken it are named as the
// server's policy names them.
std::vector<OptionSpec> TlsOptionSpecs();

// What they say, with the files that they name; an error if any of them stands without --tls or
// --starttls. What is wrong goes to `complaint`, which is empty if TLS was not asked for.
std::optional<client::TlsOptions> ReadTlsOptions(const CommandLine& line, std::string* complaint);

}  // namespace streampair::cli

#endif  // STREAMPAIR_CLIENTS_CLI_TLS_OPTION_H_
