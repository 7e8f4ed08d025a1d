#include "core/addr/host_spec.h"

#include <utility>

#include "core/base/streampair_errors.h"

namespace streampair {

Result<HostSpec> ParseHost(absl::string_view text, ShortForms short_forms) {
  Result<IpAddress> address = IpAddress::Parse(text);
  if (address.ok()) return HostSpec(*address);
  if (short_forms == ShortForms::kAllowed) {
    if (const auto number = IpAddress::ParseShortForm(text)) return HostSpec(*number);
  }
  if (text.find(':') != absl::string_view::npos) {
    // No name has a colon, so tell about addresses and not about labels.
    return InvalidRequest(
        "host has a colon but is not an IPv6 address: no brackets, no zone and no port are "
        "expected");
  }
  Result<HostName> name = HostName::Parse(text);
  if (!name.ok()) return std::move(name).error();
  return HostSpec(*std::move(name));
}

std::string ToString(const HostSpec& host) {
  if (const auto* name = std::get_if<HostName>(&host)) return name->str();
  return std::get<IpAddress>(host).ToString();
}

}  // namespace streampair
