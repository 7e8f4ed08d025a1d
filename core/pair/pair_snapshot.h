#ifndef STREAMPAIR_CORE_PAIR_PAIR_SNAPSHOT_H_
#define STREAMPAIR_CORE_PAIR_PAIR_SNAPSHOT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "core/base/error.h"
#include "core/dial/dialer.h"
#include "core/pair/half.h"
#include "core/pair/parked_sockets.h"
#include "core/pair/proxy_route.h"
#include "core/tls/tls_report.h"

namespace streampair {

// What the dial went through, kept for as long as the pair.
struct DialRecord {
  std::optional<Endpoint> remote;
  std::optional<Endpoint> local;
  std::vector<Attempt> attempts;
  std::optional<Resolution> resolution;  // Of the target's name, if it was resolved here.
  absl::Duration lookup_took = absl::ZeroDuration();  // Of the name that was dialled.
  std::vector<HopRecord> hops;                        // The proxies, if it leads through any.
  std::optional<ResolvedService> service;
  size_t service_host = 0;              // The one of its hosts that the attempts ended with.
  std::optional<SocketOrigin> adopted;  // Nothing was dialed: a parked socket was taken up.
};

// A pair's state at one moment, by value.
struct PairSnapshot {
  std::string name;
  HalfStatus read_status = HalfStatus::kAbsent;
  HalfStatus write_status = HalfStatus::kAbsent;
  bool read_attached = false;
  bool write_attached = false;
  std::optional<Error> error;
  uint64_t bytes_read = 0;
  uint64_t bytes_written = 0;
  absl::Time created;
  absl::Time opened = absl::InfiniteFuture();  // InfiniteFuture: not yet.
  absl::Time connected = absl::InfiniteFuture();
  absl::Time ready_since = absl::InfiniteFuture();
  absl::Time first_byte = absl::InfiniteFuture();     // From the target.
  absl::Time last_activity = absl::InfiniteFuture();  // Of bytes, either way.
  absl::Time expires = absl::InfiniteFuture();        // When it is released if nobody comes.
  bool ready = false;  // Connected, all handshakes done, not failed since.
  bool released = false;
  std::string socket_token;
  bool parks = false;   // Released, and its socket is or will be parked.
  int descriptor = -1;  // The socket's, while the pair has it connected.
  DialRecord dial;
  std::shared_ptr<const TlsFacts> tls;  // Null before the handshake, and without TLS.
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_PAIR_PAIR_SNAPSHOT_H_
