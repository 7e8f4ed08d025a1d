// docs/proxies.md shows every way in which a proxy can fail. Neither the table nor the code may be
// changed alone.
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/addr/host_spec.h"
#include "core/base/error_catalog.h"
#include "core/base/http_errors.h"
#include "core/base/http_table.h"
#include "core/base/socks_errors.h"
#include "core/base/socks_table.h"
#include "core/socks/proxy_handshake.h"
#include "gtest/gtest.h"
#include "server/status_map.h"

namespace streampair {
namespace {

std::string StatusName(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::UNAVAILABLE:
      return "UNAVAILABLE";
    case grpc::StatusCode::FAILED_PRECONDITION:
      return "FAILED_PRECONDITION";
    case grpc::StatusCode::INVALID_ARGUMENT:
      return "INVALID_ARGUMENT";
    case grpc::StatusCode::INTERNAL:
      return "INTERNAL";
    default:
      return absl::StrCat("unexpected ", static_cast<int>(code));
  }
}

std::string Row(absl::string_view situation, const Error& error) {
  const ErrorId& id = error.id();
  return absl::StrCat(
      "| ", situation, " | (", DomainName(id.domain), ", ", id.subdomain, ", ", id.code, ") | ",
      LookUp(id)->symbol, " | ", StatusName(StatusCodeOf(error)), " | ",
      error.reason() == Reason::kNone ? "-" : std::string(ReasonName(error.reason())), " |");
}

// By the function that makes such a triple, so that stage and status are the real ones.
Error SocksErrorOf(const ErrorRow& row) {
  const auto code = static_cast<uint8_t>(row.code);
  switch (static_cast<SocksSubdomain>(row.subdomain)) {
    case SocksSubdomain::kNone:
      if (row.code == 1) return SocksBadReplyAddress(9, "");
      return row.code == 2 ? SocksBadState("") : SocksUnknownClientVersion(6);
    case SocksSubdomain::kVersionCode:
      return SocksVersionMismatch(code, "");
    case SocksSubdomain::kSocks4Response:
      return Socks4Refused(code, "");
    case SocksSubdomain::kSocks5UserPass:
      return Socks5LoginRejected(code, "");
    case SocksSubdomain::kSocks5Method:
      return Socks5NoMethod(code, "");
    case SocksSubdomain::kSocks5Response:
      return Socks5Refused(code, "");
  }
  return SocksBadState("");
}

// What happens to the connection with the proxy, made by a handshake to which it happens.
std::vector<std::string> ConnectionRows() {
  const HostPort proxy = {ParseHost("proxy.example").value(), 1080};
  const ProxyHop hop = {ProxyProtocol::kSocks4, proxy, "", ""};
  const auto start = [&hop](absl::string_view target) {
    auto handshake = MakeProxyHandshake(hop, {ParseHost(target).value(), 80});
    handshake->Start();
    return handshake;
  };
  const auto closed = start("192.0.2.1");
  closed->ReceiveEnd();
  const auto reset = start("192.0.2.1");
  reset->ReceiveError(ECONNRESET);
  const auto ipv6 = start("2001:db8::1");
  return {
      Row("The proxy closes before its handshake has ended.", closed->error()),
      Row("The proxy resets the connection.", reset->error()),
      Row("The proxy is silent until `timeouts.handshake` passes.",
          start("192.0.2.1")->TimeoutError("")),
      Row("SOCKS 4, and the target has IPv6 addresses only.", ipv6->error()),
  };
}

TEST(ProxiesDocument, ShowsEveryFailure) {
  std::vector<std::string> expected = ConnectionRows();
  for (const SocksRow& row : SocksTable()) {
    expected.push_back(Row(row.name.meaning, SocksErrorOf(row.name)));
  }
  for (const HttpRow& row : HttpTable()) {
    expected.push_back(Row(row.name.meaning, row.name.code == -1 ? HttpUnreadable("", "")
                                                                 : HttpStatus(row.name.code, "")));
  }
  std::ifstream file(
      absl::StrCat(getenv("TEST_SRCDIR"), "/", getenv("TEST_WORKSPACE"), "/docs/proxies.md"));
  ASSERT_TRUE(file.is_open());
  std::vector<std::string> documented;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (absl::StartsWith(line, "| Situation |")) {
      inside = true;
      std::getline(file, line);  // The rule below the heads.
    } else if (inside && absl::StartsWith(line, "| ")) {
      documented.push_back(line);
    } else {
      inside = false;
    }
  }
  EXPECT_EQ(documented, expected) << "the table should be\n" << absl::StrJoin(expected, "\n");
}

}  // namespace
}  // namespace streampair
