// The SOCKS and HTTP domains: every function makes its row, and every number has one meaning.
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "core/base/error_catalog.h"
#include "core/base/http_errors.h"
#include "core/base/http_table.h"
#include "core/base/socks_errors.h"
#include "core/base/socks_table.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

ErrorId Socks(uint16_t subdomain, int32_t code) { return {ErrorDomain::kSocks, subdomain, code}; }

TEST(SocksErrors, EveryFunctionMakesItsTriple) {
  EXPECT_EQ(SocksBadReplyAddress(9, "p:1").id(), Socks(0, 1));
  EXPECT_EQ(SocksBadState("p:1").id(), Socks(0, 2));
  EXPECT_EQ(SocksBadState("p:1").stage(), Stage::kInternal);
  EXPECT_EQ(SocksUnknownClientVersion(7).id(), Socks(0, 3));
  EXPECT_EQ(SocksUnknownClientVersion(7).stage(), Stage::kRequest);
  for (int byte = 0; byte < 256; ++byte) {
    const auto code = static_cast<uint8_t>(byte);
    EXPECT_EQ(SocksVersionMismatch(code, "p:1").id(), Socks(1, byte));
    EXPECT_EQ(Socks4Refused(code, "p:1").id(), Socks(2, byte));
    EXPECT_EQ(Socks5LoginRejected(code, "p:1").id(), Socks(3, byte));
    EXPECT_EQ(Socks5NoMethod(code, "p:1").id(), Socks(4, byte));
    if (code == 0) continue;
    EXPECT_EQ(Socks5Refused(code, "p:1").id(), Socks(5, byte));
  }
  EXPECT_EQ(Socks4Refused(91, "p:1").id().packed(), 0x0002005b);
  EXPECT_EQ(Socks5NoMethod(0xff, "p:1").id().packed(), 0x000400ff);
  EXPECT_EQ(Socks5LoginRejected(1, "p:1").id().packed(), 0x00030001);
  EXPECT_EQ(Socks5Refused(5, "p:1").id().packed(), 0x00050005);
}

TEST(SocksErrors, SaysWhoWhatAndWhether) {
  const Error refused = Socks5Refused(5, "192.0.2.1:1080");
  EXPECT_EQ(refused.stage(), Stage::kProxy);
  EXPECT_EQ(refused.reason(), Reason::kConnectionRefused);
  EXPECT_TRUE(refused.retryable());
  EXPECT_EQ(refused.address(), "192.0.2.1:1080");
  EXPECT_EQ(refused.detail(),
            "the SOCKS5 proxy refused with reply 5: The target refused the proxy's connection");
  EXPECT_FALSE(Socks5Refused(200, "p:1").retryable()) << "a number that nobody has named";
  EXPECT_EQ(Socks5LoginRejected(2, "p:1").reason(), Reason::kHttpRequestDenied);
  EXPECT_EQ(Socks5NoMethod(9, "p:1").reason(), Reason::kProxyConfigurationError);
  EXPECT_EQ(SocksVersionMismatch(9, "p:1").reason(), Reason::kProxyConfigurationError);
}

TEST(SocksErrors, TableHasNoNumberTwice) {
  std::set<std::pair<int, int>> numbers;
  std::set<std::string> symbols;
  for (const SocksRow& row : SocksTable()) {
    EXPECT_TRUE(numbers.insert({row.name.subdomain, row.name.code}).second) << row.name.symbol;
    EXPECT_TRUE(symbols.insert(std::string(row.name.symbol)).second) << row.name.symbol;
    EXPECT_TRUE(absl::EndsWith(row.name.meaning, ".")) << row.name.symbol;
    EXPECT_LE(row.name.meaning.size(), 100u) << row.name.symbol;
    EXPECT_EQ(LookUp(Socks(row.name.subdomain, row.name.code))->symbol, row.name.symbol);
  }
  EXPECT_EQ(LookUp(Socks(5, 77)), std::nullopt);
}

TEST(HttpErrors, EveryFunctionMakesItsTriple) {
  EXPECT_EQ(HttpUnreadable("x", "p:1").id(), (ErrorId{ErrorDomain::kHttp, 0, -1}));
  EXPECT_EQ(HttpStatus(407, "p:1").id(), (ErrorId{ErrorDomain::kHttp, 0, 407}));
  EXPECT_EQ(HttpStatus(407, "p:1").stage(), Stage::kProxy);
  EXPECT_EQ(HttpStatus(407, "p:1").reason(), Reason::kHttpRequestDenied);
  EXPECT_TRUE(HttpStatus(503, "p:1").retryable());
  EXPECT_EQ(HttpStatus(418, "p:1").reason(), Reason::kHttpRequestError);
  EXPECT_EQ(HttpStatus(599, "p:1").reason(), Reason::kProxyInternalError);
  EXPECT_EQ(HttpStatus(999, "p:1").reason(), Reason::kProxyInternalResponse);
}

TEST(HttpErrors, TableHasNoNumberTwice) {
  std::set<int> numbers;
  std::set<std::string> symbols;
  for (const HttpRow& row : HttpTable()) {
    EXPECT_TRUE(numbers.insert(row.name.code).second) << row.name.symbol;
    EXPECT_TRUE(symbols.insert(std::string(row.name.symbol)).second) << row.name.symbol;
    EXPECT_TRUE(absl::EndsWith(row.name.meaning, ".")) << row.name.symbol;
    EXPECT_LE(row.name.meaning.size(), 100u) << row.name.symbol;
    EXPECT_EQ(LookUp({ErrorDomain::kHttp, 0, row.name.code})->symbol, row.name.symbol);
  }
}

}  // namespace
}  // namespace streampair
