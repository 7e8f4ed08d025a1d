#ifndef STREAMPAIR_CORE_SOCKS_PROXY_OPTIONS_H_
#define STREAMPAIR_CORE_SOCKS_PROXY_OPTIONS_H_

#include <string>
#include <vector>

#include "core/socks/proxy_hop.h"

namespace streampair {

// The proxies between us and a target, and what goes round them. Whoever stores one has made sure
// that the target does not: a pair that has proxies uses them.
struct ProxyOptions {
  std::vector<ProxyHop> hops;  // At least one. The first is connected to.
  std::vector<std::string> exceptions;
  bool proxy_loopback = false;

  // Which property it came from: the contract's, or the chain, which is ours.
  bool is_chain = false;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_SOCKS_PROXY_OPTIONS_H_
