#ifndef STREAMPAIR_CORE_SOCKS_BOUND_ADDRESS_H_
#define STREAMPAIR_CORE_SOCKS_BOUND_ADDRESS_H_

#include <string>

#include "absl/strings/string_view.h"

namespace streampair {

// What a proxy says it bound, as text. `port` is two bytes in network order. "" if everything is
// zero or empty, as proxies fill in that do not want to say.

// `address`: 4 or 16 bytes in network order.
std::string BoundAddress(absl::string_view address, absl::string_view port);

// `name`: anything. What is not printable ASCII is escaped, so that it may be shown.
std::string BoundName(absl::string_view name, absl::string_view port);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_SOCKS_BOUND_ADDRESS_H_
