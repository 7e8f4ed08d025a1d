#ifndef STREAMPAIR_CORE_DIAL_DIAL_OPTIONS_H_
#define STREAMPAIR_CORE_DIAL_DIAL_OPTIONS_H_

#include "absl/time/time.h"
#include "core/net/socket.h"
#include "core/resolve/resolver.h"

namespace streampair {

// How one connection is made. All socket options are in force before the first packet leaves.
struct DialOptions {
  // For everything from Dial to the callback: lookup and all attempts together.
  absl::Duration connect_timeout = absl::Seconds(30);

  AddressFamilies families = AddressFamilies::kAny;

  bool no_delay = true;
  KeepaliveOptions keepalive;

  // How long sent bytes may stay unacknowledged (TCP_USER_TIMEOUT). Zero: the kernel's own limit.
  // It applies to the connecting phase too, where the connect timeout usually ends things first.
  absl::Duration user_timeout = absl::ZeroDuration();

  // Bytes asked of the kernel, which doubles them for its bookkeeping. Zero: the kernel's choice.
  int receive_buffer = 0;
  int send_buffer = 0;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_DIAL_DIAL_OPTIONS_H_
