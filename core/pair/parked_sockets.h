#ifndef STREAMPAIR_CORE_PAIR_PARKED_SOCKETS_H_
#define STREAMPAIR_CORE_PAIR_PARKED_SOCKETS_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "core/addr/endpoint.h"
#include "core/base/monotonic_time.h"
#include "core/base/result.h"
#include "core/base/unique_fd.h"
#include "core/dial/dial_target.h"
#include "core/loop/event_loop.h"

namespace streampair {

// What a connection was made for, so that a later policy can judge it as it was asked for.
struct SocketOrigin {
  DialTarget target;    // A service's is the host that was connected to.
  std::string reached;  // "192.0.2.1:80", or "example.com:80" where a proxy resolved the name.
};

// A connected socket without a pair.
struct ParkedSocket {
  UniqueFd fd;
  Endpoint remote;
  Endpoint local;
  std::string unread;  // Bytes of the target that a handshake's reader took along.
  SocketOrigin origin;
  std::optional<MonotonicTime> expires = std::nullopt;  // Nothing: a grace from now.
};

// The sockets that pairs left behind for their owners to take up again. Bounded in number, per
// owner and in all, and each in time; a place is taken before there is a socket to put there, so
// that whoever asks for one learns at once that there is none. A socket that its peer finishes or
// resets is closed at once. Thread-safe; no callback under its lock.
class ParkedSockets {
 private:
  class State;

 public:
  struct Limits {
    size_t total = 1024;
    size_t per_principal = 64;
    absl::Duration grace = absl::Minutes(1);
  };

  enum class End { kAdopted, kPeerClosed, kExpired, kServerStopped };
  // Told of each socket's end, on any thread.
  using OnEnd = std::function<void(const std::string& principal, const std::string& token, End)>;

  // `loop` watches the sockets and must outlive this.
  ParkedSockets(EventLoop& loop, const Limits& limits, OnEnd on_end);
  ~ParkedSockets();  // As Clear.
  ParkedSockets(const ParkedSockets&) = delete;
  ParkedSockets& operator=(const ParkedSockets&) = delete;

  // The right to park one socket. Given back when it goes. May outlive the ParkedSockets.
  class Place {
   public:
    Place(std::shared_ptr<State> state, std::string principal);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    const std::string& principal() const { return principal_; }

   private:
    const std::shared_ptr<State> state_;
    const std::string principal_;
  };

  // (Streampair, QUOTA) when none is left.
  Result<std::unique_ptr<Place>> Reserve(const std::string& principal);

  // Under `token`, for the place's principal alone.
  void Park(std::unique_ptr<Place> place, const std::string& token, ParkedSocket socket);

  struct Taken {
    ParkedSocket socket;
    std::unique_ptr<Place> place;
  };
  // (POSIX, EBADF): no such socket of that principal, or not any more.
  Result<Taken> Take(const std::string& principal, const std::string& token);

  // Closes all.
  void Clear();

  size_t parked() const;
  size_t places() const;  // Reserved, those of parked sockets included.

 private:
  const std::shared_ptr<State> state_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_PAIR_PARKED_SOCKETS_H_
