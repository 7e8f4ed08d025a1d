#ifndef STREAMPAIR_CORE_NET_SOCKET_H_
#define STREAMPAIR_CORE_NET_SOCKET_H_

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "core/addr/endpoint.h"
#include "core/addr/ip_address.h"
#include "core/base/result.h"
#include "core/base/unique_fd.h"

namespace streampair {

// Socket calls as free functions over a descriptor that the caller owns. All sockets are
// non-blocking and closed on exec. No call raises SIGPIPE; interrupted calls are repeated.
// Unless a function says otherwise, a failure is (POSIX, errno) at stage connect.

// A TCP socket that is neither bound nor connected.
Result<UniqueFd> OpenTcpSocket(IpAddress::Family family);

// Small writes leave at once (TCP_NODELAY).
Result<void> SetNoDelay(int fd, bool on);

// Probes a silent connection after `idle`, every `interval`, and gives it up when `count`
// probes in a row go unanswered. Durations are rounded up to whole seconds; the kernel
// accepts 1 to 32767 s and 1 to 127 probes.
struct KeepaliveOptions {
  bool on = false;
  absl::Duration idle = absl::Seconds(60);
  absl::Duration interval = absl::Seconds(15);
  int count = 4;
};
Result<void> SetKeepalive(int fd, const KeepaliveOptions& options);

// How long sent data may stay unacknowledged before the connection fails with ETIMEDOUT
// (TCP_USER_TIMEOUT), rounded up to milliseconds; 0: as long as the kernel thinks fit.
Result<void> SetUserTimeout(int fd, absl::Duration timeout);

// Kernel buffer sizes, in bytes of memory (the kernel doubles and bounds what is asked
// for). Zero leaves the kernel's own sizing. Before connecting, so that the window scale fits.
Result<void> SetReceiveBuffer(int fd, int bytes);
Result<void> SetSendBuffer(int fd, int bytes);

// Where the connection will come from: an address of this machine (or "any"), and a port, 0 for one
// that the kernel chooses when it knows the destination, so that a machine's ports do not run out
// at 28,000 connections. A given port may be shared by connections to different destinations.
Result<void> BindSource(int fd, const Endpoint& local);

// Only through that interface (SO_BINDTODEVICE). ENODEV if there is none of that name.
Result<void> BindToInterface(int fd, const std::string& name);

// True: connected at once (rare). False: under way; wait until writable, then TakeSocketError.
Result<bool> StartConnect(int fd, const Endpoint& remote);

// Whether bytes may still go both ways: neither end has finished or reset it.
bool IsEstablished(int fd);

// The socket's pending error as an errno, 0 if none. Reading it clears it.
int TakeSocketError(int fd);

Result<Endpoint> LocalEndpoint(int fd);
Result<Endpoint> PeerEndpoint(int fd);

// What a byte call came to.
struct IoResult {
  enum class Outcome : uint8_t {
    kOk,          // `bytes` were moved: at least one, unless none was offered.
    kWouldBlock,  // Nothing now; the loop will tell when to try again.
    kEnd,         // Receive only: the peer has sent everything (FIN).
    kError,       // `err` is the errno. The connection is of no more use in this direction.
  };
  Outcome outcome = Outcome::kOk;
  size_t bytes = 0;
  int err = 0;

  bool ok() const { return outcome == Outcome::kOk; }
};

// Reads once, up to `into.size()` bytes. Requires: `into` is not empty (a read of nothing
// could not be told from the end).
IoResult Receive(int fd, absl::Span<char> into);

// As Receive, but takes nothing: kOk means that bytes wait, and how many is not told.
IoResult PeekReceive(int fd);

// Writes once, in order, as much as fits; at most 1024 parts count.
IoResult SendVector(int fd, absl::Span<const iovec> parts);

// Tells the peer that nothing more comes (FIN, after what is queued). Stage stream.
Result<void> ShutdownWrite(int fd);

// Makes the close that follows discard what is queued and send RST instead of FIN. Closes
// nothing. Failure is ignored: the socket is being given up.
void AbortConnection(int fd);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_NET_SOCKET_H_
