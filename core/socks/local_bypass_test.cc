#include "core/socks/local_bypass.h"

#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace streampair {
namespace {

bool Bypassed(absl::string_view target, const BypassRules& rules) {
  return WhyBypassed(target, rules).has_value();
}

bool Matches(absl::string_view target, std::string pattern) {
  BypassRules rules;
  rules.simple_names = false;
  rules.exceptions = {std::move(pattern)};
  return Bypassed(target, rules);
}

TEST(LocalBypass, LoopbackIsNeverProxied) {
  BypassRules rules;
  rules.simple_names = false;
  for (const char* target : {"localhost", "LOCALHOST", "127.0.0.1", "::1", "0:0::1"}) {
    EXPECT_TRUE(Bypassed(target, rules)) << target;
  }
  for (const char* target : {"127.0.0.2", "10.0.0.1", "192.168.0.1", "::2", "localhost.example"}) {
    EXPECT_FALSE(Bypassed(target, rules)) << target;
  }
}

TEST(LocalBypass, LoopbackIsProxiedWhenAskedForPlainly) {
  BypassRules rules;
  rules.proxy_loopback = true;
  for (const char* target : {"localhost", "127.0.0.1", "::1"}) {
    EXPECT_FALSE(Bypassed(target, rules)) << target;
  }
  EXPECT_TRUE(Bypassed("db1", rules)) << "the rule about dots stays for others";
  rules.exceptions = {"127.0.0.0/8"};
  EXPECT_TRUE(Bypassed("127.0.0.1", rules));
}

TEST(LocalBypass, NamesWithoutADotAreLocalByDefault) {
  const BypassRules rules;
  EXPECT_TRUE(Bypassed("db1", rules));
  EXPECT_TRUE(Bypassed("2001:db8::1", rules)) << "an IPv6 literal has no dot";
  EXPECT_FALSE(Bypassed("foo.", rules));
  EXPECT_FALSE(Bypassed("foo.local", rules));
  EXPECT_FALSE(Bypassed("10.0.0.1", rules));
  BypassRules off;
  off.simple_names = false;
  EXPECT_FALSE(Bypassed("db1", off));
  EXPECT_FALSE(Bypassed("2001:db8::1", off));
}

TEST(LocalBypass, ExceptionsByName) {
  EXPECT_TRUE(Matches("db.example.com", "DB.Example.COM"));
  EXPECT_TRUE(Matches("db.example.com.", "db.example.com"));
  EXPECT_FALSE(Matches("db.example.com", "example.com"));
  EXPECT_TRUE(Matches("192.0.2.1", "192.0.2.1"));
  EXPECT_TRUE(Matches("2001:db8::1", "2001:0DB8::0:1"));
}

TEST(LocalBypass, ExceptionsByPattern) {
  for (const char* pattern : {".example.com", "*.example.com"}) {
    EXPECT_TRUE(Matches("a.example.com", pattern));
    EXPECT_TRUE(Matches("a.b.example.com", pattern));
    EXPECT_FALSE(Matches("example.com", pattern));
    EXPECT_FALSE(Matches("aexample.com", pattern));
  }
  EXPECT_TRUE(Matches("a.b.example", "a.*.example"));
  EXPECT_FALSE(Matches("a.b.c.example", "a.*.example"));
  EXPECT_TRUE(Matches("anything.at.all", "*"));
  EXPECT_FALSE(Matches("192.0.2.1", "*.1")) << "addresses have no labels";
}

TEST(LocalBypass, ExceptionsByRange) {
  EXPECT_TRUE(Matches("10.1.2.3", "10/8"));
  EXPECT_TRUE(Matches("10.1.2.3", "10.1/16"));
  EXPECT_TRUE(Matches("10.1.2.3", "10.1.2.3/32"));
  EXPECT_FALSE(Matches("10.1.2.4", "10.1.2.3/32"));
  EXPECT_FALSE(Matches("11.1.2.3", "10.0.0.0/8"));
  EXPECT_TRUE(Matches("200.0.0.1", "128/1"));
  EXPECT_FALSE(Matches("host.example", "128/1"));
}

TEST(LocalBypass, PatternsAreCheckedWhenTheyAreGiven) {
  for (const char* good : {"example.com", "example.com.", ".example.com", "*.example.com", "*",
                           "a.*.b", "192.0.2.1", "2001:db8::1", "10/8", "10.1.2.3/32"}) {
    EXPECT_FALSE(CheckBypassPattern(good).has_value()) << good;
  }
  for (const char* bad : {"", ".", "a..b", "a b", "exa*mple.com", "10/0", "10/33", "10/", "/8",
                          "10.1/8", "10.0.0.0.0/8", "2001:db8::/32", "10/8/8", "10/+8", "\xff"}) {
    EXPECT_TRUE(CheckBypassPattern(bad).has_value()) << bad;
  }
  EXPECT_TRUE(CheckBypassPattern(std::string(256, 'a')).has_value());
}

}  // namespace
}  // namespace streampair
