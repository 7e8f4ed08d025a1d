#ifndef STREAMPAIR_CLIENTS_CLI_OPTION_VALUES_H_
#define STREAMPAIR_CLIENTS_CLI_OPTION_VALUES_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace streampair::cli {

// "10s", "1m30s", "250ms", or a number of seconds. Not negative.
std::optional<absl::Duration> ParseDuration(absl::string_view text);

// 1 to 65535.
std::optional<int> ParsePort(absl::string_view text);

// KEY=VALUE each. What is wrong goes to `complaint`.
std::optional<std::map<std::string, std::string>> ParseLabels(const std::vector<std::string>& texts,
                                                              std::string* complaint);

// Why this can be no server's address, and what one looks like; nothing if it can.
std::optional<std::string> ServerComplaint(absl::string_view server);

}  // namespace streampair::cli

#endif  // STREAMPAIR_CLIENTS_CLI_OPTION_VALUES_H_
