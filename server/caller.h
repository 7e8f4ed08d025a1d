#ifndef STREAMPAIR_SERVER_CALLER_H_
#define STREAMPAIR_SERVER_CALLER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/time.h"

namespace streampair {

// Who makes a call.
struct Caller {
  std::string principal;      // Whose pairs the call may see. Pairs of others do not exist for it.
  std::string trace_id = {};  // Of the W3C trace that the call belongs to; 32 hex digits, or empty.
  std::string peer = {};      // From where, in gRPC's notation: "ipv4:127.0.0.1:43210", "unix:".

  // The bearer token that says so; null: the connection does. It is judged again in calls that
  // last, for tokens are of `generation` of those that are known, and good until `until`.
  std::shared_ptr<const std::string> token = nullptr;
  absl::Time until = absl::InfiniteFuture();
  uint64_t generation = 0;
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CALLER_H_
