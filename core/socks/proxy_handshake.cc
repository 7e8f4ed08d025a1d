#include "core/socks/proxy_handshake.h"

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"
#include "core/base/posix_errors.h"
#include "core/base/socks_errors.h"
#include "core/socks/http_connect_handshake.h"
#include "core/socks/socks4_handshake.h"
#include "core/socks/socks5_handshake.h"

namespace streampair {
namespace {

// Stands in for a protocol that nobody speaks.
class NoHandshake : public ProxyHandshake {
 public:
  NoHandshake(std::string proxy, int version)
      : ProxyHandshake(std::move(proxy)), version_(version) {}

 protected:
  void Begin() override { Fail(SocksUnknownClientVersion(version_)); }
  void OnByte(char) override {}
  Error BadState() const override { return SocksBadState(proxy()); }

 private:
  const int version_;
};

}  // namespace

void ProxyHandshake::Start() {
  if (std::exchange(started_, true)) return Fail(BadState());
  Begin();
}

size_t ProxyHandshake::Receive(absl::string_view bytes) {
  if (!started_ || state_ != State::kRunning) {
    Fail(BadState());
    return 0;
  }
  size_t taken = 0;
  while (taken < bytes.size() && state_ == State::kRunning) OnByte(bytes[taken++]);
  return taken;
}

void ProxyHandshake::ReceiveEnd() {
  if (state_ != State::kRunning) return;
  Fail(PosixError(Stage::kProxy, ENOTCONN, "the proxy closed during its handshake")
           .WithAddress(proxy_));
}

void ProxyHandshake::ReceiveError(int err) {
  if (state_ != State::kRunning) return;
  Fail(PosixError(Stage::kProxy, err, "shake hands with the proxy").WithAddress(proxy_));
}

std::string ProxyHandshake::TakeOutput() { return std::exchange(output_, std::string()); }

Error ProxyHandshake::TimeoutError(absl::string_view limit) const {
  return PosixError(Stage::kProxy, ETIMEDOUT,
                    absl::StrCat("the proxy did not finish its handshake within ", limit))
      .WithAddress(proxy_);
}

void ProxyHandshake::Succeed(std::string bound) {
  SP_CHECK(state_ == State::kRunning);
  bound_ = std::move(bound);
  state_ = State::kDone;
}

void ProxyHandshake::Fail(Error error) {
  output_.clear();  // Nothing more is said to a proxy that is given up.
  state_ = State::kFailed;
  error_ = std::move(error);
}

std::unique_ptr<ProxyHandshake> MakeProxyHandshake(const ProxyHop& hop, const HostPort& target) {
  switch (hop.protocol) {
    case ProxyProtocol::kSocks4:
      return std::make_unique<Socks4Handshake>(hop, target);
    case ProxyProtocol::kSocks5:
      return std::make_unique<Socks5Handshake>(hop, target);
    case ProxyProtocol::kHttp:
      return std::make_unique<HttpConnectHandshake>(hop, target);
  }
  return std::make_unique<NoHandshake>(hop.proxy.ToString(), static_cast<int>(hop.protocol));
}

}  // namespace streampair
