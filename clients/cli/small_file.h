#ifndef STREAMPAIR_CLIENTS_CLI_SMALL_FILE_H_
#define STREAMPAIR_CLIENTS_CLI_SMALL_FILE_H_

#include <optional>
#include <string>

namespace streampair::cli {

// The whole of a file of at most 1 MiB: certificates, settings. What is wrong goes to `complaint`.
std::optional<std::string> ReadSmallFile(const std::string& path, std::string* complaint);

}  // namespace streampair::cli

#endif  // STREAMPAIR_CLIENTS_CLI_SMALL_FILE_H_
