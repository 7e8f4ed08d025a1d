#ifndef STREAMPAIR_CLIENTS_CLI_PAIR_OPTION_H_
#define STREAMPAIR_CLIENTS_CLI_PAIR_OPTION_H_

#include <optional>
#include <string>
#include <vector>

#include "clients/cli/command_line.h"
#include "clients/cpp/pair_spec.h"

namespace streampair::cli {

// The options of every command that makes pairs: time-outs, labels, proxies, and from where and how
// the server connects.
std::vector<OptionSpec> PairOptionSpecs();

// What they say, and --hold and those of TLS where the command has them; with --starttls the TLS is
// for later and not in the result. What is wrong goes to `complaint`.
std::optional<client::PairOptions> ReadPairOptions(const CommandLine& line, std::string* complaint);

}  // namespace streampair::cli

#endif  // STREAMPAIR_CLIENTS_CLI_PAIR_OPTION_H_
