#ifndef STREAMPAIR_CORE_PAIR_PAIR_OPTIONS_H_
#define STREAMPAIR_CORE_PAIR_PAIR_OPTIONS_H_

#include <memory>

#include "absl/time/time.h"
#include "core/dial/dial_options.h"
#include "core/socks/proxy_options.h"

namespace streampair {

// What the properties of a pair set: how it is connected and what is agreed upon before bytes flow.
// Every pair has one, so what most pairs lack is held by pointer.
struct PairOptions {
  DialOptions dial;

  // The proxies to go through; null: none. They are used: whoever sets them has seen to it that the
  // target does not go round them.
  std::shared_ptr<const ProxyOptions> proxies;

  // Whether names without a dot go round proxies that are set.
  bool proxy_local_bypass = true;

  // For all handshakes together, from connected to ready.
  absl::Duration handshake_timeout = absl::Seconds(30);
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_PAIR_PAIR_OPTIONS_H_
