#include "core/resolve/hosts_file.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "core/addr/ip_address.h"
#include "core/base/result.h"

namespace streampair {
namespace {

bool Wanted(const IpAddress& address, AddressFamilies families) {
  return families != (address.is_v4() ? AddressFamilies::kIpv6Only : AddressFamilies::kIpv4Only);
}

std::vector<absl::string_view> Fields(absl::string_view line) {
  return absl::StrSplit(line.substr(0, line.find('#')), absl::ByAnyChar(" \t\r\f\v"),
                        absl::SkipEmpty());
}

Resolution Loopback(AddressFamilies families) {
  Resolution resolution{{}, "localhost"};
  for (const IpAddress& address : {IpAddress::V6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}),
                                   IpAddress::V4({127, 0, 0, 1})}) {
    if (Wanted(address, families)) resolution.addresses.push_back(address);
  }
  return resolution;
}

}  // namespace

std::optional<Resolution> FindInHosts(absl::string_view text, const HostName& name,
                                      AddressFamilies families) {
  Resolution found;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::vector<absl::string_view> fields = Fields(line);
    const bool names_it =
        fields.size() > 1 && std::any_of(fields.begin() + 1, fields.end(), [&](auto field) {
          return absl::EqualsIgnoreCase(field, name.str());
        });
    if (!names_it) continue;
    Result<IpAddress> address = IpAddress::Parse(fields[0]);
    if (!address.ok() || !Wanted(*address, families)) continue;
    if (found.addresses.empty()) found.canonical_name = absl::AsciiStrToLower(fields[1]);
    if (std::find(found.addresses.begin(), found.addresses.end(), *address) ==
        found.addresses.end()) {
      found.addresses.push_back(*address);
    }
  }
  if (found.addresses.empty()) return std::nullopt;
  return found;
}

std::optional<Resolution> HostsFile::LookUp(const HostName& name, AddressFamilies families) const {
  std::ifstream file(path_, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (auto found = FindInHosts(text, name, families); found.has_value()) return found;
  if (name.str() == "localhost" || absl::EndsWith(name.str(), ".localhost")) {
    return Loopback(families);
  }
  return std::nullopt;
}

}  // namespace streampair
