#ifndef STREAMPAIR_CORE_SOCKS_PROXY_HANDSHAKE_H_
#define STREAMPAIR_CORE_SOCKS_PROXY_HANDSHAKE_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "core/addr/host_port.h"
#include "core/handshake/handshake.h"
#include "core/socks/proxy_hop.h"

namespace streampair {

// What the handshakes with all proxies share: their ends. When the proxy closes, that is (POSIX,
// ENOTCONN), a broken connection (POSIX, errno), silence (POSIX, ETIMEDOUT), all of stage proxy and
// with the proxy's address.
//
// A refusal is reported as soon as it is known, even if the rest of the message never comes.
class ProxyHandshake : public Handshake {
 public:
  void Start() final;
  size_t Receive(absl::string_view bytes) final;
  void ReceiveEnd() final;
  void ReceiveError(int err) final;
  std::string TakeOutput() final;
  State state() const final { return state_; }
  const Error& error() const final { return *error_; }
  Error TimeoutError(absl::string_view limit) const final;

  // The proxy as text.
  const std::string& proxy() const { return proxy_; }

  // Where the proxy says that it connects from: "192.0.2.1:4711". Empty if it does not say, or not
  // yet. A name in it has all but printable ASCII escaped.
  const std::string& bound() const { return bound_; }

 protected:
  explicit ProxyHandshake(std::string proxy) : proxy_(std::move(proxy)) {}

  // Sends the first message.
  virtual void Begin() = 0;
  // Takes the next byte from the proxy. Called while running only.
  virtual void OnByte(char byte) = 0;
  // It was started twice, or received something while not running: a fault of ours.
  virtual Error BadState() const = 0;

  void Send(absl::string_view bytes) { output_.append(bytes.data(), bytes.size()); }
  void Succeed(std::string bound);
  void Fail(Error error);

 private:
  const std::string proxy_;
  bool started_ = false;
  State state_ = State::kRunning;
  std::string output_;
  std::string bound_;
  std::optional<Error> error_;
};

// The handshake that makes `hop` connect to `target`. A protocol that does not exist gives one that
// fails with (SOCKS, 0, UnknownClientVersion).
std::unique_ptr<ProxyHandshake> MakeProxyHandshake(const ProxyHop& hop, const HostPort& target);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_SOCKS_PROXY_HANDSHAKE_H_
