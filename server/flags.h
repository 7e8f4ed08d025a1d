#ifndef STREAMPAIR_SERVER_FLAGS_H_
#define STREAMPAIR_SERVER_FLAGS_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "server/options.h"

namespace streampair {

// What a command line asks for.
struct CommandLine {
  enum class Action : uint8_t { kServe, kCheckConfig, kShowHelp, kShowVersion, kRefuse };
  Action action = Action::kServe;
  std::string complaint;  // kRefuse: what is wrong with it.
  ServerOptions options;  // kServe and kCheckConfig.
};

// Reads the flags (without the program's name): --name=value, --name value, and --name or --noname
// for switches; '-' and
// '_' are the same in names. Abseil holds the flags and converts their values; it is not let parse
// the line itself, because it would end the program with the exit code of a failure.
CommandLine ReadCommandLine(absl::Span<char* const> arguments);

// All flags with their defaults, and the exit codes.
std::string HelpText();

// "streampaird 0.1.0".
std::string VersionText();

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_FLAGS_H_
