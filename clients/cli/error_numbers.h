#ifndef STREAMPAIR_CLIENTS_CLI_ERROR_NUMBERS_H_
#define STREAMPAIR_CLIENTS_CLI_ERROR_NUMBERS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace streampair::cli {

// A domain as people write it: a number, or a name in any case: "POSIX", "netdb", "NET_DB",
// "kCFStreamErrorDomainNetDB".
std::optional<int32_t> ParseDomain(absl::string_view text);

// A code of that domain: a number, or its name where this program knows it: "ECONNREFUSED",
// "EAI_NONAME", "PAIR_NOT_FOUND".
std::optional<int32_t> ParseCode(int32_t domain, absl::string_view text);

// The names that ParseDomain takes, for messages: "POSIX, SSL, ...".
std::string DomainNames();

}  // namespace streampair::cli

#endif  // STREAMPAIR_CLIENTS_CLI_ERROR_NUMBERS_H_
