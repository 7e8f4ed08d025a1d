#include "core/socks/socks5_handshake.h"

#include <utility>
#include <variant>

#include "core/base/check.h"
#include "core/base/socks_errors.h"
#include "core/socks/bound_address.h"

namespace streampair {
namespace {

constexpr uint8_t kVersion = 5;
constexpr uint8_t kLoginVersion = 1;
constexpr uint8_t kNoLogin = 0;
constexpr uint8_t kUserPassword = 2;
constexpr uint8_t kConnect = 1;
constexpr uint8_t kIpv4 = 1;
constexpr uint8_t kName = 3;
constexpr uint8_t kIpv6 = 4;
constexpr size_t kReplyHead = 4;  // VER REP RSV ATYP.

void AppendText(std::string& message, absl::string_view text) {
  SP_CHECK(text.size() <= ProxyHop::kMaxSocks5Text);
  message.push_back(static_cast<char>(text.size()));
  message.append(text.data(), text.size());
}

}  // namespace

Socks5Handshake::Socks5Handshake(const ProxyHop& hop, HostPort target)
    : ProxyHandshake(hop.proxy.ToString()),
      target_(std::move(target)),
      user_(hop.user),
      password_(hop.password) {}

void Socks5Handshake::Begin() {
  std::string greeting = {kVersion, 1, kNoLogin};
  if (has_login()) greeting = {kVersion, 2, kNoLogin, kUserPassword};
  Send(greeting);
}

void Socks5Handshake::OnByte(char received) {
  const auto byte = static_cast<uint8_t>(received);
  message_.push_back(received);
  switch (expect_) {
    case Expect::kMethod:
      if (message_.size() == 1 && byte != kVersion)
        return Fail(SocksVersionMismatch(byte, proxy()));
      if (message_.size() == 2) OnMethod(byte);
      return;
    case Expect::kLogin:
      if (message_.size() < 2) return;
      if (byte != 0) return Fail(Socks5LoginRejected(byte, proxy()));
      return SendRequest();
    case Expect::kReply:
      return OnReplyByte(byte);
  }
}

void Socks5Handshake::OnMethod(uint8_t method) {
  if (method == kNoLogin) return SendRequest();
  if (method == kUserPassword && has_login()) return SendLogin();
  Fail(Socks5NoMethod(method, proxy()));
}

void Socks5Handshake::SendLogin() {
  std::string login = {kLoginVersion};
  AppendText(login, user_);
  AppendText(login, password_);
  Send(login);
  message_.clear();
  expect_ = Expect::kLogin;
}

void Socks5Handshake::SendRequest() {
  std::string request = {kVersion, kConnect, 0};
  if (const auto* address = std::get_if<IpAddress>(&target_.host)) {
    request.push_back(address->is_v4() ? kIpv4 : kIpv6);
    request.append(address->bytes().begin(), address->bytes().end());
  } else {
    request.push_back(kName);
    AppendText(request, std::get<HostName>(target_.host).str());
  }
  request.push_back(static_cast<char>(target_.port >> 8));
  request.push_back(static_cast<char>(target_.port & 0xff));
  Send(request);
  message_.clear();
  expect_ = Expect::kReply;
}

void Socks5Handshake::OnReplyByte(uint8_t byte) {
  switch (message_.size()) {
    case 1:
      if (byte != kVersion) Fail(SocksVersionMismatch(byte, proxy()));
      return;
    case 2:
      if (byte != 0) Fail(Socks5Refused(byte, proxy()));
      return;
    case 3:  // Reserved; said to be zero.
      return;
    case kReplyHead:
      if (byte == kIpv4) {
        reply_size_ = kReplyHead + 4 + 2;
      } else if (byte == kIpv6) {
        reply_size_ = kReplyHead + 16 + 2;
      } else if (byte != kName) {
        Fail(SocksBadReplyAddress(byte, proxy()));
      }
      return;
    case kReplyHead + 1:
      if (reply_size_ == 0) reply_size_ = kReplyHead + 1 + byte + 2;
      break;
    default:
      break;
  }
  if (message_.size() < reply_size_) return;
  const absl::string_view message = message_;
  const bool is_name = static_cast<uint8_t>(message[kReplyHead - 1]) == kName;
  const size_t begin = kReplyHead + (is_name ? 1 : 0);
  const absl::string_view host = message.substr(begin, message.size() - begin - 2);
  const absl::string_view port = message.substr(message.size() - 2);
  Succeed(is_name ? BoundName(host, port) : BoundAddress(host, port));
}

Error Socks5Handshake::BadState() const { return SocksBadState(proxy()); }

}  // namespace streampair
