#ifndef STREAMPAIR_CORE_ADDR_HOST_SPEC_H_
#define STREAMPAIR_CORE_ADDR_HOST_SPEC_H_

#include <cstdint>
#include <string>
#include <variant>

#include "absl/strings/string_view.h"
#include "core/addr/host_name.h"
#include "core/addr/ip_address.h"
#include "core/base/result.h"

namespace streampair {

// Which host: by a name, to be resolved, or by an address, to be used as it is.
using HostSpec = std::variant<HostName, IpAddress>;

// Whether numbers that only old libraries take for an IPv4 address ("127.1", "0x7f000001",
// "010.0.0.1") are taken for one here: IpAddress::ParseShortForm.
enum class ShortForms : uint8_t { kRefused, kAllowed };

// An address literal gives an IpAddress, everything else is judged as a HostName. So the
// text that looks like an address to some library but is not one ("010.0.0.1", "[::1]",
// "fe80::1%eth0") is an error and never becomes a lookup.
Result<HostSpec> ParseHost(absl::string_view text, ShortForms short_forms = ShortForms::kRefused);

// As ParseHost() takes it.
std::string ToString(const HostSpec& host);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_ADDR_HOST_SPEC_H_
