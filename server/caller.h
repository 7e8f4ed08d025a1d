#ifndef STREAMPAIR_SERVER_CALLER_H_
#define STREAMPAIR_SERVER_CALLER_H_

#include <string>

namespace streampair {

// Who makes a call.
struct Caller {
  std::string principal;  // Whose pairs the call may see. Pairs of others do not exist for it.
  std::string trace_id;   // Of the W3C trace that the call belongs to; 32 hex digits, or empty.
  std::string peer = {};  // From where, in gRPC's notation: "ipv4:127.0.0.1:43210", "unix:".
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CALLER_H_
