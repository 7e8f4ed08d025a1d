#ifndef STREAMPAIR_CLIENTS_CLI_PROXY_OPTION_H_
#define STREAMPAIR_CLIENTS_CLI_PROXY_OPTION_H_

#include <optional>
#include <string>
#include <vector>

#include "streampair/v1/property.pb.h"

namespace streampair::cli {

// SCHEME://[USER[:PASSWORD]@]HOST[:PORT] each, in the order of the way; the scheme is socks5,
// socks4 or http. User and password may have %XX for what would end them. Gives the properties that
// lead a pair through them, wherever its target is. What is wrong goes to `complaint`, which has no
// password in it; the server checks the rest.
std::optional<std::vector<v1::Property>> ParseProxies(const std::vector<std::string>& texts,
                                                      std::string* complaint);

}  // namespace streampair::cli

#endif  // STREAMPAIR_CLIENTS_CLI_PROXY_OPTION_H_
