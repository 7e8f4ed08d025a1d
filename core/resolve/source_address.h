#ifndef STREAMPAIR_CORE_RESOLVE_SOURCE_ADDRESS_H_
#define STREAMPAIR_CORE_RESOLVE_SOURCE_ADDRESS_H_

#include <optional>

#include "core/addr/ip_address.h"

namespace streampair {

// The address from which this host would send to `destination`, by the routes of this moment; none
// if there is no route. Asks the kernel by connecting a UDP socket, which sends nothing and does
// not block.
std::optional<IpAddress> SourceAddressFor(const IpAddress& destination);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_RESOLVE_SOURCE_ADDRESS_H_
