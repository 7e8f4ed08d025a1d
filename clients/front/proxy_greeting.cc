#include "clients/front/proxy_greeting.h"

#include <arpa/inet.h>
#include <errno.h>

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace streampair::front {
namespace {

using client::StreamError;

constexpr uint8_t kRepFailed = 1, kRepNotAllowed = 2, kRepNoNetwork = 3, kRepNoHost = 4,
                  kRepRefused = 5, kRepTimeout = 6, kRepNoCommand = 7, kRepNoAddressType = 8;
constexpr size_t kMaxName = 255;  // Of SOCKS, in bytes.

uint8_t ByteAt(absl::string_view bytes, size_t at) { return static_cast<uint8_t>(bytes[at]); }

int PortAt(absl::string_view bytes, size_t at) {
  return ByteAt(bytes, at) << 8 | ByteAt(bytes, at + 1);
}

std::string AddressText(int family, absl::string_view bytes) {
  char text[INET6_ADDRSTRLEN];
  return inet_ntop(family, bytes.data(), text, sizeof text) == nullptr ? "" : text;
}

struct HostPort {
  std::string host;
  int port = 0;
};

// HOST:PORT or [IPV6]:PORT; with a default also without a port.
std::optional<HostPort> ReadAuthority(absl::string_view text, int default_port) {
  absl::string_view host = text, port;
  bool has_port = false;
  if (absl::ConsumePrefix(&host, "[")) {
    const size_t end = host.find(']');
    if (end == absl::string_view::npos) return std::nullopt;
    port = host.substr(end + 1);
    host = host.substr(0, end);
    has_port = absl::ConsumePrefix(&port, ":");
    if (!has_port && !port.empty()) return std::nullopt;
  } else if (const size_t colon = host.find(':'); colon != absl::string_view::npos) {
    port = host.substr(colon + 1);
    host = host.substr(0, colon);
    has_port = true;
  }
  HostPort result{std::string(host), default_port};
  if (has_port && (port.size() > 5 || !absl::SimpleAtoi(port, &result.port))) return std::nullopt;
  for (const char c : host) {
    if (!absl::ascii_isgraph(static_cast<unsigned char>(c)) || absl::StrContains("@/?#[]", c)) {
      return std::nullopt;
    }
  }
  if (host.empty() || result.port < 1 || result.port > 65535) return std::nullopt;
  return result;
}

absl::string_view StatusText(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Bad Gateway";
  }
}

std::string HttpAnswer(int status, absl::string_view proxy_status, absl::string_view text) {
  return absl::StrCat("HTTP/1.1 ", status, " ", StatusText(status),
                      "\r\nContent-Type: text/plain; charset=utf-8",
                      "\r\nContent-Length: ", text.size() + 1,
                      proxy_status.empty() ? "" : "\r\nProxy-Status: ", proxy_status,
                      "\r\nConnection: close\r\n\r\n", text, "\n");
}

std::string Socks5Reply(uint8_t reply, absl::string_view bound = "") {
  std::string address(6, '\0');  // 0.0.0.0:0
  char type = 1;
  if (const std::optional<HostPort> own = ReadAuthority(bound, 0)) {
    std::array<char, 16> raw;
    const bool v6 = absl::StrContains(own->host, ':');
    if (inet_pton(v6 ? AF_INET6 : AF_INET, own->host.c_str(), raw.data()) == 1) {
      type = v6 ? 4 : 1;
      address.assign(raw.data(), v6 ? 16 : 4);
      address.push_back(static_cast<char>(own->port >> 8));
      address.push_back(static_cast<char>(own->port));
    }
  }
  return absl::StrCat(std::string{'\5', static_cast<char>(reply), '\0', type}, address);
}

std::string Socks4Reply(uint8_t code) {
  return std::string{'\0', static_cast<char>(code), 0, 0, 0, 0, 0, 0};
}

// Fields that end here (RFC 9110 section 7.6.1), and Host, which is written anew.
bool IsHopField(absl::string_view name, const std::vector<std::string>& named) {
  for (const absl::string_view hop :
       {"host", "connection", "proxy-connection", "keep-alive", "proxy-authorization",
        "proxy-authenticate", "te", "upgrade"}) {
    if (absl::EqualsIgnoreCase(name, hop)) return true;
  }
  for (const std::string& each : named) {
    if (absl::EqualsIgnoreCase(name, each)) return true;
  }
  return false;
}

}  // namespace

uint8_t SocksReplyFor(const StreamError& error) {
  if (error.stage() == v1::ERROR_STAGE_POLICY) return kRepNotAllowed;
  switch (error.reason()) {
    case v1::ERROR_REASON_DESTINATION_IP_PROHIBITED:
    case v1::ERROR_REASON_HTTP_REQUEST_DENIED:
      return kRepNotAllowed;
    case v1::ERROR_REASON_DESTINATION_IP_UNROUTABLE:
      return error.Is(v1::ERROR_DOMAIN_POSIX, ENETUNREACH) ? kRepNoNetwork : kRepNoHost;
    case v1::ERROR_REASON_DNS_ERROR:
    case v1::ERROR_REASON_DESTINATION_NOT_FOUND:
    case v1::ERROR_REASON_DESTINATION_UNAVAILABLE:
      return kRepNoHost;
    case v1::ERROR_REASON_CONNECTION_REFUSED:
      return kRepRefused;
    case v1::ERROR_REASON_DNS_TIMEOUT:
    case v1::ERROR_REASON_CONNECTION_TIMEOUT:
      return kRepTimeout;
    default:
      return kRepFailed;
  }
}

int HttpStatusFor(const StreamError& error) {
  if (error.origin() == StreamError::Origin::kTransport) return 503;
  switch (error.stage()) {
    case v1::ERROR_STAGE_REQUEST:
      return 400;
    case v1::ERROR_STAGE_POLICY:
      return 403;
    case v1::ERROR_STAGE_CAPACITY:
      return 503;
    default:
      break;
  }
  switch (error.reason()) {
    case v1::ERROR_REASON_DNS_TIMEOUT:
    case v1::ERROR_REASON_CONNECTION_TIMEOUT:
      return 504;
    default:
      return 502;
  }
}

ProxyGreeting::State ProxyGreeting::Add(absl::string_view bytes) {
  if (state_ != State::kReading) return state_;
  absl::StrAppend(&bytes_, bytes);
  Read();
  return state_;
}

std::string ProxyGreeting::TakeReply() { return std::exchange(reply_, std::string()); }

std::string ProxyGreeting::TakeEarly() { return std::exchange(bytes_, std::string()); }

void ProxyGreeting::Read() {
  if (protocol_ == Protocol::kUnknown) {
    if (bytes_.empty()) return;
    switch (ByteAt(bytes_, 0)) {
      case 4:
        protocol_ = Protocol::kSocks4;
        break;
      case 5:
        protocol_ = Protocol::kSocks5Methods;
        break;
      default:
        // Nothing but a method can begin so; whatever else it is will not find the end of a head.
        if (!absl::ascii_isupper(static_cast<unsigned char>(bytes_[0]))) return Refuse("");
        protocol_ = Protocol::kRequest;
    }
  }
  if (protocol_ == Protocol::kSocks4) return ReadSocks4();
  if (protocol_ == Protocol::kSocks5Methods) ReadSocks5Methods();
  if (protocol_ == Protocol::kSocks5) return ReadSocks5();
  if (protocol_ == Protocol::kRequest) ReadHttp();
}

void ProxyGreeting::ReadSocks4() {
  // VN, CD, DSTPORT, DSTIP, USERID, NUL; with 4a the name and NUL behind it.
  if (bytes_.size() < 9) return;
  const size_t user_end = bytes_.find('\0', 8);
  if (user_end == std::string::npos ? bytes_.size() - 8 > kMaxName : user_end - 8 > kMaxName) {
    return Refuse(Socks4Reply(91));
  }
  if (user_end == std::string::npos) return;
  if (bytes_[1] != 1) return Refuse(Socks4Reply(91));
  const absl::string_view address = absl::string_view(bytes_).substr(4, 4);
  const bool named = address.substr(0, 3) == absl::string_view("\0\0\0", 3) && address[3] != 0;
  if (!named) return Ask(AddressText(AF_INET, address), PortAt(bytes_, 2), user_end + 1);
  const size_t name_at = user_end + 1;
  const size_t name_end = bytes_.find('\0', name_at);
  if (name_end == std::string::npos) {
    if (bytes_.size() - name_at > kMaxName) Refuse(Socks4Reply(91));
    return;
  }
  if (name_end - name_at > kMaxName) return Refuse(Socks4Reply(91));
  Ask(bytes_.substr(name_at, name_end - name_at), PortAt(bytes_, 2), name_end + 1);
}

void ProxyGreeting::ReadSocks5Methods() {
  if (bytes_.size() < 2 || bytes_.size() < size_t{2} + ByteAt(bytes_, 1)) return;
  const std::string methods = bytes_.substr(2, ByteAt(bytes_, 1));
  bytes_.erase(0, 2 + methods.size());
  if (methods.find('\0') == std::string::npos) return Refuse("\5\xFF");
  reply_.append("\5\0", 2);
  protocol_ = Protocol::kSocks5;
}

void ProxyGreeting::ReadSocks5() {
  // VER, CMD, RSV, ATYP, DST.ADDR, DST.PORT.
  if (bytes_.empty()) return;
  if (bytes_[0] != 5) return Refuse(Socks5Reply(kRepFailed));
  if (bytes_.size() < 5) return;
  const uint8_t type = ByteAt(bytes_, 3);
  const bool is_name = type == 3;
  const size_t at = is_name ? 5 : 4;
  const size_t size = is_name ? ByteAt(bytes_, 4) : type == 1 ? 4 : type == 4 ? 16 : 0;
  if (size == 0) return Refuse(Socks5Reply(is_name ? kRepFailed : kRepNoAddressType));
  if (bytes_.size() < at + size + 2) return;
  if (bytes_[1] != 1) return Refuse(Socks5Reply(kRepNoCommand));
  const std::string address = bytes_.substr(at, size);
  Ask(is_name ? address : AddressText(type == 1 ? AF_INET : AF_INET6, address),
      PortAt(bytes_, at + size), at + size + 2);
}

void ProxyGreeting::ReadHttp() {
  const size_t end = bytes_.find("\r\n\r\n");
  if (end != std::string::npos && end + 4 <= kMaxBytes) {
    const std::string head = bytes_.substr(0, end + 2);
    bytes_.erase(0, end + 4);
    return ReadHttpHead(head);
  }
  if (bytes_.size() >= kMaxBytes) {
    Refuse(HttpAnswer(431, "", absl::StrCat("A request's head may have ", kMaxBytes, " bytes.")));
  }
}

void ProxyGreeting::ReadHttpHead(absl::string_view head) {
  std::vector<absl::string_view> lines = absl::StrSplit(absl::StripSuffix(head, "\r\n"), "\r\n");
  const std::vector<absl::string_view> request = absl::StrSplit(lines[0], ' ');
  if (request.size() != 3 || !absl::StartsWith(request[2], "HTTP/1.")) {
    return Refuse(HttpAnswer(400, "", "The request line must be METHOD TARGET HTTP/1.1."));
  }
  absl::string_view target = request[1];
  if (request[0] == "CONNECT") {
    protocol_ = Protocol::kConnect;
    const std::optional<HostPort> wanted = ReadAuthority(target, 0);
    if (!wanted) return Refuse(HttpAnswer(400, "", "CONNECT takes HOST:PORT."));
    return Ask(wanted->host, wanted->port, 0);
  }
  if (!absl::StartsWithIgnoreCase(target, "http://")) {
    return Refuse(HttpAnswer(400, "",
                             "This is a proxy: it takes CONNECT HOST:PORT, and requests for URLs "
                             "that begin with http://."));
  }
  target.remove_prefix(7);
  const size_t path_at = std::min(target.find_first_of("/?"), target.size());
  const absl::string_view authority = target.substr(0, path_at);
  const absl::string_view path = target.substr(path_at);
  const std::optional<HostPort> wanted = ReadAuthority(authority, 80);
  if (!wanted) return Refuse(HttpAnswer(400, "", "The URL has no host that can be connected to."));

  std::vector<std::string> named;  // By Connection: they end here as well.
  for (const absl::string_view line : lines) {
    const std::pair<absl::string_view, absl::string_view> field =
        absl::StrSplit(line, absl::MaxSplits(':', 1));
    if (!absl::EqualsIgnoreCase(field.first, "connection")) continue;
    for (const absl::string_view name : absl::StrSplit(field.second, ',')) {
      named.emplace_back(absl::StripAsciiWhitespace(name));
    }
  }
  std::string forwarded = absl::StrCat(request[0], " ", absl::StartsWith(path, "/") ? "" : "/",
                                       path, " ", request[2], "\r\nHost: ", authority, "\r\n");
  for (size_t i = 1; i < lines.size(); ++i) {
    const absl::string_view name = lines[i].substr(0, lines[i].find(':'));
    if (name.size() == lines[i].size() || name.empty() || name.back() == ' ' ||
        lines[i].front() == ' ' || lines[i].front() == '\t' ||
        lines[i].find_first_of("\r\n\0") != absl::string_view::npos) {
      return Refuse(HttpAnswer(400, "", "A header field must be NAME: VALUE on one line."));
    }
    if (!IsHopField(name, named)) absl::StrAppend(&forwarded, lines[i], "\r\n");
  }
  absl::StrAppend(&forwarded, "Connection: close\r\n\r\n");
  bytes_.insert(0, forwarded);
  Ask(wanted->host, wanted->port, 0);
}

void ProxyGreeting::Ask(std::string host, int port, size_t request_bytes) {
  if (port == 0 || host.empty() || host.find('\0') != std::string::npos) {
    const bool socks4 = protocol_ == Protocol::kSocks4;
    return Refuse(socks4 ? Socks4Reply(91) : Socks5Reply(kRepFailed));
  }
  bytes_.erase(0, request_bytes);
  host_ = std::move(host);
  port_ = port;
  state_ = State::kAsked;
}

void ProxyGreeting::Refuse(std::string reply) {
  reply_ = absl::StrCat(reply_, reply);
  bytes_.clear();
  state_ = State::kRefused;
}

std::string ProxyGreeting::Accepted(absl::string_view local_address) const {
  switch (protocol_) {
    case Protocol::kSocks4:
      return Socks4Reply(90);
    case Protocol::kSocks5:
      return Socks5Reply(0, local_address);
    case Protocol::kConnect:
      return "HTTP/1.1 200 Connection established\r\n\r\n";
    default:
      return "";  // The target answers the request itself.
  }
}

std::string ProxyGreeting::Failed(const StreamError& error) const {
  switch (protocol_) {
    case Protocol::kSocks4:
      return Socks4Reply(91);
    case Protocol::kSocks5:
      return Socks5Reply(SocksReplyFor(error));
    default: {
      const std::string reason = client::ReasonText(error.reason());
      return HttpAnswer(HttpStatusFor(error),
                        absl::StrCat("streampair", reason.empty() ? "" : "; error=", reason,
                                     "; details=\"", error.Triple(), "\""),
                        error.ToString());
    }
  }
}

}  // namespace streampair::front
