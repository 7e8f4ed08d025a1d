#ifndef STREAMPAIR_CORE_SOCKS_LOCAL_BYPASS_H_
#define STREAMPAIR_CORE_SOCKS_LOCAL_BYPASS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/base/error.h"

namespace streampair {

// Which targets go round the proxies: the contract's rules (docs/cfstream.md), by the target's text
// alone; nothing is looked up.
struct BypassRules {
  // Names without a dot, hence IPv6 literals too.
  bool simple_names = true;

  // False: "localhost", "127.0.0.1" and "::1" go round the proxy whatever the other rules say.
  bool proxy_loopback = false;

  // Names, IPv4 ranges and patterns; see CheckBypassPattern.
  std::vector<std::string> exceptions;
};

// Nothing if `pattern` is one of:
//   example.com     that name, in any case; or an address
//   192.0.2.0/24    IPv4 targets in that range; 1 to 32 bits, missing octets are 0, none set beyond
//   .example.com    every name that ends so, and *.example.com likewise
//   a.*.example     a star stands for one label, for one or more at the beginning
// Otherwise what is wrong with it.
std::optional<Error> CheckBypassPattern(absl::string_view pattern);

// Why `target` (a name, or an address as text) goes round the proxies, in words; nothing if it goes
// through them. Patterns that are not valid match nothing.
std::optional<std::string> WhyBypassed(absl::string_view target, const BypassRules& rules);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_SOCKS_LOCAL_BYPASS_H_
