#ifndef STREAMPAIR_CLIENTS_FRONT_LISTENER_H_
#define STREAMPAIR_CLIENTS_FRONT_LISTENER_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace streampair::front {

// Where to listen: "127.0.0.1:1080", "[::1]:0", "localhost:1080", or a port alone, which is one of
// 127.0.0.1; or "unix:/PATH". Port 0: the kernel picks one.
struct ListenAddress {
  static std::optional<ListenAddress> Parse(absl::string_view text);

  bool is_unix() const { return !path.empty(); }
  bool is_loopback = false;  // Also of a Unix socket.
  std::string host;          // An IP literal.
  int port = 0;
  std::string path;
};

// A listening socket that does not block. A Unix socket is for its owner alone, replaces one that
// nobody listens on, and is removed when it goes.
class Listener {
 public:
  // Nothing: see `complaint`.
  static std::optional<Listener> Open(const ListenAddress& address, std::string* complaint);
  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&&) = delete;
  ~Listener();

  int socket() const { return socket_; }
  // Where it listens, with the port as it is.
  const std::string& address() const { return address_; }

 private:
  Listener(int socket, std::string address, std::string path);

  int socket_;
  std::string address_;
  std::string path_;
};

}  // namespace streampair::front

#endif  // STREAMPAIR_CLIENTS_FRONT_LISTENER_H_
