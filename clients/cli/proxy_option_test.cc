#include "clients/cli/proxy_option.h"

#include <string>

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace streampair::cli {
namespace {

std::string Parsed(const std::vector<std::string>& texts) {
  std::string complaint;
  const auto properties = ParseProxies(texts, &complaint);
  if (!properties) return "refused";
  std::string hops;
  for (const v1::ProxyHop& hop : (*properties)[0].proxy_chain().hops()) {
    hops += hop.ShortDebugString() + ";";
  }
  return hops;
}

TEST(ProxyOption, ReadsEachKind) {
  EXPECT_EQ(Parsed({"socks5://p.example"}),
            "socks { host: \"p.example\" version: SOCKS_VERSION_5 };");
  EXPECT_EQ(Parsed({"socks4://me@192.0.2.1:9", "http://u:p%40%3a@[::1]:3128/"}),
            "socks { host: \"192.0.2.1\" port: 9 version: SOCKS_VERSION_4 user: \"me\" };"
            "http { host: \"::1\" port: 3128 user: \"u\" password: \"p@:\" };");
}

TEST(ProxyOption, GoesForLocalTargetsToo) {
  std::string complaint;
  const auto properties = ParseProxies({"socks5://p.example"}, &complaint);
  ASSERT_TRUE(properties.has_value());
  EXPECT_TRUE((*properties)[0].proxy_chain().proxy_loopback());
  EXPECT_FALSE((*properties)[1].proxy_local_bypass());
}

TEST(ProxyOption, RefusesTheRestWithoutRepeatingIt) {
  for (const char* bad :
       {"", "p.example", "p.example:1080", "https://p.example:1", "http://p.example", "socks5://",
        "socks5://u:secret@", "socks5://p:0", "socks5://p:x", "socks5://[::1", "socks5://%zz@p"}) {
    EXPECT_EQ(Parsed({bad}), "refused") << bad;
  }
  std::string complaint;
  EXPECT_FALSE(ParseProxies({"socks5://u:secret@p:99999"}, &complaint));
  EXPECT_FALSE(absl::StrContains(complaint, "secret"));
}

}  // namespace
}  // namespace streampair::cli
