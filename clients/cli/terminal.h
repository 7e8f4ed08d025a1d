#ifndef STREAMPAIR_CLIENTS_CLI_TERMINAL_H_
#define STREAMPAIR_CLIENTS_CLI_TERMINAL_H_

#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace streampair::cli {

// Whether what is written to the descriptor may be coloured: it is a terminal that can, and
// NO_COLOR is not set (no-color.org).
bool ColorWanted(int descriptor);

std::string Bold(absl::string_view text);

// A message on one line, with the field names of the API and without leaving out what is zero.
std::string ToJson(const google::protobuf::Message& message);

}  // namespace streampair::cli

#endif  // STREAMPAIR_CLIENTS_CLI_TERMINAL_H_
