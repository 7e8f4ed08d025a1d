#include "clients/front/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace streampair::front {
namespace {

constexpr int kBacklog = 1024;

union AnyAddress {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
  sockaddr_un path;
};

socklen_t Fill(const ListenAddress& from, AnyAddress* to) {
  memset(to, 0, sizeof *to);
  if (from.is_unix()) {
    to->path.sun_family = AF_UNIX;
    memcpy(to->path.sun_path, from.path.data(), from.path.size());
    return sizeof to->path;
  }
  if (inet_pton(AF_INET, from.host.c_str(), &to->v4.sin_addr) == 1) {
    to->v4.sin_family = AF_INET;
    to->v4.sin_port = htons(static_cast<uint16_t>(from.port));
    return sizeof to->v4;
  }
  inet_pton(AF_INET6, from.host.c_str(), &to->v6.sin6_addr);
  to->v6.sin6_family = AF_INET6;
  to->v6.sin6_port = htons(static_cast<uint16_t>(from.port));
  return sizeof to->v6;
}

// A socket that was left behind, and nobody listens on.
bool IsAbandoned(const AnyAddress& address, socklen_t size) {
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return false;
  const bool refused = connect(probe, &address.any, size) != 0 && errno == ECONNREFUSED;
  close(probe);
  return refused;
}

}  // namespace

std::optional<ListenAddress> ListenAddress::Parse(absl::string_view text) {
  ListenAddress address;
  if (absl::ConsumePrefix(&text, "unix:")) {
    if (text.empty() || text.size() >= sizeof(sockaddr_un::sun_path)) return std::nullopt;
    address.path = std::string(text);
    address.is_loopback = true;
    return address;
  }
  const size_t colon = text.rfind(':');
  absl::string_view host = colon == absl::string_view::npos ? "127.0.0.1" : text.substr(0, colon);
  const absl::string_view port = colon == absl::string_view::npos ? text : text.substr(colon + 1);
  if (port.empty() || port.size() > 5 || !absl::SimpleAtoi(port, &address.port) ||
      address.port < 0 || address.port > 65535) {
    return std::nullopt;
  }
  if (host == "localhost") host = "127.0.0.1";
  const bool v6 = absl::ConsumePrefix(&host, "[") && absl::ConsumeSuffix(&host, "]");
  address.host = std::string(host);
  in6_addr raw;
  if (inet_pton(v6 ? AF_INET6 : AF_INET, address.host.c_str(), &raw) != 1) return std::nullopt;
  address.is_loopback = v6 ? IN6_IS_ADDR_LOOPBACK(&raw) : absl::StartsWith(host, "127.");
  return address;
}

std::optional<Listener> Listener::Open(const ListenAddress& from, std::string* complaint) {
  AnyAddress address;
  socklen_t size = Fill(from, &address);
  const std::string text = from.is_unix() ? absl::StrCat("unix:", from.path)
                           : absl::StrContains(from.host, ':')
                               ? absl::StrCat("[", from.host, "]:", from.port)
                               : absl::StrCat(from.host, ":", from.port);
  const int made = ::socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  Listener listener(made, text, "");
  const int on = 1;
  bool bound = made >= 0 &&
               (from.is_unix() || setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0);
  if (bound) bound = bind(made, &address.any, size) == 0;
  if (!bound && made >= 0 && errno == EADDRINUSE && from.is_unix() && IsAbandoned(address, size)) {
    unlink(from.path.c_str());
    bound = bind(made, &address.any, size) == 0;
  }
  if (bound) listener.path_ = from.path;
  // Nobody can connect before it listens.
  const bool mine = bound && (!from.is_unix() || chmod(from.path.c_str(), 0600) == 0);
  if (!mine || listen(made, kBacklog) != 0) {
    *complaint = absl::StrCat("cannot listen on ", text, ": ", strerror(errno));
    return std::nullopt;
  }
  if (!from.is_unix() && getsockname(made, &address.any, &size) == 0) {
    const bool v6 = address.any.sa_family == AF_INET6;
    const int port = ntohs(v6 ? address.v6.sin6_port : address.v4.sin_port);
    listener.address_ =
        v6 ? absl::StrCat("[", from.host, "]:", port) : absl::StrCat(from.host, ":", port);
  }
  return listener;
}

Listener::Listener(int socket, std::string address, std::string path)
    : socket_(socket), address_(std::move(address)), path_(std::move(path)) {}

Listener::Listener(Listener&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      address_(std::move(other.address_)),
      path_(std::exchange(other.path_, std::string())) {}

Listener::~Listener() {
  if (!path_.empty()) unlink(path_.c_str());
  if (socket_ >= 0) close(socket_);
}

}  // namespace streampair::front
