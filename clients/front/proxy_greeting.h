#ifndef STREAMPAIR_CLIENTS_FRONT_PROXY_GREETING_H_
#define STREAMPAIR_CLIENTS_FRONT_PROXY_GREETING_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "clients/cpp/stream_error.h"

namespace streampair::front {

// What a program says to a proxy before its own bytes begin, and what it is told. Which of the
// protocols it speaks shows in the first byte:
//
//   SOCKS 5   RFC 1928, CONNECT without a login
//   SOCKS 4   and 4a, CONNECT; the user's name is not looked at
//   HTTP      CONNECT (RFC 9110 section 9.3.6), and a request for an http: URL (RFC 9112 section
//             3.2.2), which is passed on for that one request: with "Connection: close"
//
// Pure: bytes in, bytes out. Bounded: a request is at most kMaxBytes.
class ProxyGreeting {
 public:
  static constexpr size_t kMaxBytes = 64 << 10;
  enum class State : uint8_t {
    kReading,  // More bytes are needed.
    kAsked,    // host() and port() are wanted.
    kRefused,  // It asked for what is not offered, or for nothing that makes sense.
  };

  // Takes what came. Not after kAsked or kRefused.
  State Add(absl::string_view bytes);
  State state() const { return state_; }

  // What has to be sent now; in kRefused all that there is to say. Empty: nothing.
  std::string TakeReply();

  // In kAsked. A name or an IP literal; 1 to 65535.
  const std::string& host() const { return host_; }
  int port() const { return port_; }
  // In kAsked: what came behind the request, and already belongs to the target.
  std::string TakeEarly();

  // In kAsked, to be sent: the pair is there. `local_address` is the pair's own, as ADDRESS:PORT,
  // or empty.
  std::string Accepted(absl::string_view local_address) const;
  // Or it failed.
  std::string Failed(const client::StreamError& error) const;

 private:
  enum class Protocol : uint8_t { kUnknown, kSocks4, kSocks5Methods, kSocks5, kConnect, kRequest };

  void Read();
  void ReadSocks4();
  void ReadSocks5Methods();
  void ReadSocks5();
  void ReadHttp();
  void ReadHttpHead(absl::string_view head);
  void Ask(std::string host, int port, size_t request_bytes);
  void Refuse(std::string reply);

  State state_ = State::kReading;
  Protocol protocol_ = Protocol::kUnknown;
  std::string bytes_;
  std::string reply_;
  std::string host_;
  int port_ = 0;
};

// How a failure is told: the REP field of SOCKS 5 (RFC 1928 section 6) and HTTP's status.
uint8_t SocksReplyFor(const client::StreamError& error);
int HttpStatusFor(const client::StreamError& error);

}  // namespace streampair::front

#endif  // STREAMPAIR_CLIENTS_FRONT_PROXY_GREETING_H_
