#ifndef STREAMPAIR_CLIENTS_CPP_CARRIER_OPTIONS_H_
#define STREAMPAIR_CLIENTS_CPP_CARRIER_OPTIONS_H_

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "streampair/v1/stream_pair.pb.h"

namespace streampair::client {

// How one Transfer RPC behaves. The defaults are measured ones.
struct CarrierOptions {
  // How often to ping. A server that was silent three times as long is taken for lost. HTTP/2's own
  // pings do not keep an idle RPC alive through balancers, which commonly cut it after 60 s.
  absl::Duration heartbeat = absl::Seconds(20);
  // How long to wait for the RPC's status after the last stream ended; then the RPC is cancelled.
  absl::Duration linger = absl::Seconds(5);
  // Of the whole RPC, with all its streams; the server learns it.
  absl::Time deadline = absl::InfiniteFuture();
  // Sent with the RPC: "authorization", "traceparent" and the like. Lower-case keys.
  std::vector<std::pair<std::string, std::string>> metadata = {};
  // How far the receive window of a stream may grow while no other stream of the RPC moves bytes,
  // and beside others, which wait behind what it has on the way; and by how much all windows
  // together.
  size_t window_alone = size_t{4} << 20;
  size_t window_shared = size_t{1} << 20;
  size_t window_growth = size_t{64} << 20;
  // Called at most once, on a thread of the library, when the server says that it is going down:
  // streams that live on are cut after `grace`, and new ones are refused. Must not block.
  std::function<void(absl::Duration grace)> on_draining = {};
};

// How one stream behaves.
struct StreamOptions {
  // The receive window to begin with: what the server may send before anything is read. Cut to 1
  // byte to 64 MiB.
  size_t window = size_t{256} << 10;
  // How much written data may wait here for credit; a write beyond that waits.
  size_t unsent_limit = size_t{512} << 10;
  // Which halves to use. Default: all that the pair has.
  v1::Half halves = v1::HALF_UNSPECIFIED;
};

}  // namespace streampair::client

#endif  // STREAMPAIR_CLIENTS_CPP_CARRIER_OPTIONS_H_
