#ifndef STREAMPAIR_SERVER_POLICY_OWN_LISTENERS_H_
#define STREAMPAIR_SERVER_POLICY_OWN_LISTENERS_H_

#include <string>
#include <vector>

#include "core/addr/endpoint.h"

namespace streampair {

// Where a server that listens on `addresses` ("127.0.0.1:7450", "0.0.0.0:7450", "unix:/path") can
// be reached over TCP: an unspecified address stands for every address that the machine has now,
// and stays in the list itself.
std::vector<Endpoint> OwnListeners(const std::vector<std::string>& addresses);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_POLICY_OWN_LISTENERS_H_
