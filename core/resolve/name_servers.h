#ifndef STREAMPAIR_CORE_RESOLVE_NAME_SERVERS_H_
#define STREAMPAIR_CORE_RESOLVE_NAME_SERVERS_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "core/addr/endpoint.h"
#include "core/base/result.h"

namespace streampair {

// Reads a list of name servers as operators write it: "192.0.2.53, [2001:db8::53]:5353". Addresses
// only, IPv6 in brackets when a port follows; port 53 where none is given. White space around the
// commas is allowed. An empty text is an empty list; anything else that does not fit is
// InvalidRequest.
Result<std::vector<Endpoint>> ParseNameServers(absl::string_view text);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_RESOLVE_NAME_SERVERS_H_
