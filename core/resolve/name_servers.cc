#include "core/resolve/name_servers.h"

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/addr/ip_address.h"
#include "core/base/streampair_errors.h"

namespace streampair {
namespace {

constexpr uint16_t kDnsPort = 53;

Result<Endpoint> ParseNameServer(absl::string_view text) {
  if (Result<IpAddress> address = IpAddress::Parse(text); address.ok()) {
    return Endpoint{*address, kDnsPort};
  }
  Result<Endpoint> endpoint = Endpoint::Parse(text);
  if (endpoint.ok() && endpoint->port != 0) return endpoint;
  return InvalidRequest(
      absl::StrCat("\"", text, "\" is no name server: expected an address, or address:port"));
}

}  // namespace

Result<std::vector<Endpoint>> ParseNameServers(absl::string_view text) {
  std::vector<Endpoint> servers;
  if (absl::StripAsciiWhitespace(text).empty()) return servers;
  for (absl::string_view item : absl::StrSplit(text, ',')) {
    Result<Endpoint> server = ParseNameServer(absl::StripAsciiWhitespace(item));
    if (!server.ok()) return std::move(server).error();
    servers.push_back(*server);
  }
  return servers;
}

}  // namespace streampair
