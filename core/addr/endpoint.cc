#include "core/addr/endpoint.h"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/base/streampair_errors.h"

namespace streampair {
namespace {

Error NotAnEndpoint() {
  return InvalidRequest("not an address with a port: 192.0.2.1:80 or [2001:db8::1]:80 is expected");
}

std::optional<uint16_t> ParsePort(absl::string_view text) {
  const bool digits = std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
  const bool leading_zero = text.size() > 1 && text[0] == '0';
  int port;
  if (!digits || leading_zero || text.size() > 5 || !absl::SimpleAtoi(text, &port)) {
    return std::nullopt;
  }
  if (port > 65535) return std::nullopt;
  return static_cast<uint16_t>(port);
}

}  // namespace

Result<Endpoint> Endpoint::Parse(absl::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) return NotAnEndpoint();
  absl::string_view host = text.substr(0, colon);
  const bool brackets = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (brackets) host = host.substr(1, host.size() - 2);

  const Result<IpAddress> address = IpAddress::Parse(host);
  const std::optional<uint16_t> port = ParsePort(text.substr(colon + 1));
  if (!address.ok() || !port.has_value() || address->is_v6() != brackets) return NotAnEndpoint();
  return Endpoint{*address, *port};
}

std::optional<Endpoint> Endpoint::FromSockaddr(const sockaddr* address, socklen_t length) {
  if (length < sizeof(sa_family_t)) return std::nullopt;
  sa_family_t family;
  std::memcpy(&family, reinterpret_cast<const char*>(address) + offsetof(sockaddr, sa_family),
              sizeof(family));
  if (family == AF_INET && length >= sizeof(sockaddr_in)) {
    sockaddr_in in;
    std::memcpy(&in, address, sizeof(in));
    std::array<uint8_t, 4> bytes;
    std::memcpy(bytes.data(), &in.sin_addr, bytes.size());
    return Endpoint{IpAddress::V4(bytes), ntohs(in.sin_port)};
  }
  if (family == AF_INET6 && length >= sizeof(sockaddr_in6)) {
    sockaddr_in6 in;
    std::memcpy(&in, address, sizeof(in));
    std::array<uint8_t, 16> bytes;
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    return Endpoint{IpAddress::V6(bytes), ntohs(in.sin6_port)};
  }
  return std::nullopt;
}

SocketAddress Endpoint::ToSockaddr() const {
  SocketAddress result = {};
  const absl::Span<const uint8_t> bytes = address.bytes();
  if (address.is_v4()) {
    sockaddr_in in = {};
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    std::memcpy(&in.sin_addr, bytes.data(), bytes.size());
    std::memcpy(&result.storage, &in, sizeof(in));
    result.length = sizeof(in);
  } else {
    sockaddr_in6 in = {};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(port);
    std::memcpy(&in.sin6_addr, bytes.data(), bytes.size());
    std::memcpy(&result.storage, &in, sizeof(in));
    result.length = sizeof(in);
  }
  return result;
}

std::string Endpoint::ToString() const {
  if (address.is_v4()) return absl::StrCat(address.ToString(), ":", port);
  return absl::StrCat("[", address.ToString(), "]:", port);
}

}  // namespace streampair
