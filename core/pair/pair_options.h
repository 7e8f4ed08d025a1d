#ifndef STREAMPAIR_CORE_PAIR_PAIR_OPTIONS_H_
#define STREAMPAIR_CORE_PAIR_PAIR_OPTIONS_H_

#include <cstdint>
#include <memory>
#include <optional>

#include "absl/time/time.h"
#include "core/base/error_numbering.h"
#include "core/dial/dial_options.h"
#include "core/socks/proxy_options.h"
#include "core/tls/tls_context.h"

namespace streampair {

// The property that set TLS.
enum class TlsSetBy : uint8_t { kLevel, kSettings, kContext };

// What the properties of a pair set: how it is connected and what is agreed upon before bytes flow.
// Every pair has one, so what most pairs lack is held by pointer.
struct PairOptions {
  DialOptions dial;

  // The proxies to go through; null: none. They are used: whoever sets them has seen to it that the
  // target does not go round them.
  std::shared_ptr<const ProxyOptions> proxies;

  // Whether names without a dot go round proxies that are set.
  bool proxy_local_bypass = true;
  // TLS as it was set last, and by which property; null: none. A context of level kNone is "no TLS"
  // said aloud.
  std::shared_ptr<const TlsContext> tls;
  TlsSetBy tls_set_by = TlsSetBy::kLevel;

  // What the TLS contexts of this server share; null: nothing is trusted.
  std::shared_ptr<const TlsContext::Surroundings> tls_surroundings;

  // Whether the socket is closed when the pair is released, rather than parked. Nothing: as the
  // pair was made: closed, but a socket that was parked before is parked again.
  std::optional<bool> closes_socket = std::nullopt;

  // In whose numbers the pair's errors are shown to its owner.
  ErrorNumbering error_numbering = ErrorNumbering::kLinux;

  // For all handshakes together, from connected to ready.
  absl::Duration handshake_timeout = absl::Seconds(30);
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_PAIR_PAIR_OPTIONS_H_
