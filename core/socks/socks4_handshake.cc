#include "core/socks/socks4_handshake.h"

#include <cerrno>
#include <cstdint>
#include <utility>
#include <variant>

#include "core/base/check.h"
#include "core/base/posix_errors.h"
#include "core/base/socks_errors.h"
#include "core/socks/bound_address.h"

namespace streampair {
namespace {

constexpr uint8_t kVersion = 4;
constexpr uint8_t kConnect = 1;
constexpr uint8_t kReplyVersion = 0;
constexpr uint8_t kGranted = 90;
constexpr size_t kReplySize = 8;  // VN CD DSTPORT DSTIP.

// Any address 0.0.0.x with x not 0 announces that a name follows.
constexpr uint8_t kNameFollows[4] = {0, 0, 0, 1};

}  // namespace

Socks4Handshake::Socks4Handshake(const ProxyHop& hop, HostPort target)
    : ProxyHandshake(hop.proxy.ToString()), target_(std::move(target)), user_(hop.user) {
  SP_CHECK(user_.size() <= ProxyHop::kMaxSocks4User && user_.find('\0') == std::string::npos);
}

void Socks4Handshake::Begin() {
  const auto* address = std::get_if<IpAddress>(&target_.host);
  if (address != nullptr && !address->is_v4()) {
    return Fail(PosixError(Stage::kProxy, EINVAL, "ask a SOCKS4 proxy for an IPv6 address")
                    .WithAddress(proxy()));
  }
  std::string request = {kVersion, kConnect, static_cast<char>(target_.port >> 8),
                         static_cast<char>(target_.port & 0xff)};
  if (address != nullptr) {
    request.append(address->bytes().begin(), address->bytes().end());
  } else {
    request.append(std::begin(kNameFollows), std::end(kNameFollows));
  }
  request += user_;
  request.push_back('\0');
  if (address == nullptr) {
    request += std::get<HostName>(target_.host).str();
    request.push_back('\0');
  }
  Send(request);
}

void Socks4Handshake::OnByte(char received) {
  const auto byte = static_cast<uint8_t>(received);
  reply_.push_back(received);
  if (reply_.size() == 1 && byte != kReplyVersion) {
    return Fail(SocksVersionMismatch(byte, proxy()));
  }
  if (reply_.size() == 2 && byte != kGranted) return Fail(Socks4Refused(byte, proxy()));
  if (reply_.size() < kReplySize) return;
  const absl::string_view reply = reply_;
  Succeed(BoundAddress(reply.substr(4, 4), reply.substr(2, 2)));
}

Error Socks4Handshake::BadState() const { return SocksBadState(proxy()); }

}  // namespace streampair
