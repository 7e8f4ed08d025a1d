#ifndef STREAMPAIR_CORE_TESTING_LOOPBACK_LISTENER_H_
#define STREAMPAIR_CORE_TESTING_LOOPBACK_LISTENER_H_

#include "core/addr/endpoint.h"
#include "core/base/unique_fd.h"

namespace streampair {

// A listening TCP socket on 127.0.0.1 at a port of the system's choice, which accepts only what the
// test accepts. Connections are complete without that: the kernel answers for it. Blocking.
class LoopbackListener {
 public:
  LoopbackListener();

  const Endpoint& endpoint() const { return endpoint_; }

  // Waits for a connection. The result blocks, too.
  UniqueFd Accept();

 private:
  UniqueFd fd_;
  Endpoint endpoint_;
};

// A listener whose queue is full: connecting to it hangs, as to a host that drops packets.
class SilentListener {
 public:
  SilentListener();

  const Endpoint& endpoint() const { return endpoint_; }

 private:
  UniqueFd fd_;
  Endpoint endpoint_;
  UniqueFd occupant_;  // The connection that fills the queue.
};

// An endpoint on 127.0.0.1 where nobody listens: connecting to it is refused. The port stays ours,
// so that no one else can come to listen there.
class ClosedPort {
 public:
  ClosedPort();

  const Endpoint& endpoint() const { return endpoint_; }

 private:
  UniqueFd fd_;
  Endpoint endpoint_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TESTING_LOOPBACK_LISTENER_H_
