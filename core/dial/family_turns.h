#ifndef STREAMPAIR_CORE_DIAL_FAMILY_TURNS_H_
#define STREAMPAIR_CORE_DIAL_FAMILY_TURNS_H_

#include <optional>
#include <vector>

#include "core/addr/ip_address.h"

namespace streampair {

// Lets the address families take turns (RFC 8305 section 4, with a First Address Family Count of
// one), so that one family that leads nowhere costs one delay and not one for each address. Each
// family keeps its order. The first address stays first, unless `last` is the family that was tried
// last: then the other one has its turn. Pure.
std::vector<IpAddress> TakeTurns(const std::vector<IpAddress>& sorted,
                                 std::optional<IpAddress::Family> last);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_DIAL_FAMILY_TURNS_H_
