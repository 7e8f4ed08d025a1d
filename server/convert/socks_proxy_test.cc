// What a client may set as proxies, what it reads back, and which targets go round them.
#include "server/convert/socks_proxy.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/streampair_errors.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "server/convert/property.h"
#include "server/convert/spec.h"

namespace streampair {
namespace {

v1::Property Parse(const std::string& text) {
  v1::Property property;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &property)) << text;
  return property;
}

PairOptions Apply(const std::vector<std::string>& texts) {
  PairOptions options;
  RequestCheck check;
  for (const std::string& text : texts) {
    ApplyProperty(Parse(text), "property", PairOptions(), check, options);
  }
  EXPECT_TRUE(check.ok()) << texts.back() << ": " << check.Verdict()->error.ToString();
  return options;
}

// The first field at fault, and the error's number.
std::string Fault(const std::string& text) {
  PairOptions options;
  RequestCheck check;
  ApplyProperty(Parse(text), "property", PairOptions(), check, options);
  EXPECT_EQ(options.proxies, nullptr) << text;
  const auto failure = check.Verdict();
  if (!failure) return "none";
  return absl::StrCat(failure->violations[0].field, " ", failure->error.id().ToString());
}

std::string Read(v1::PropertyKey key, const PairOptions& options) {
  RequestCheck check;
  const auto property = ReadProperty(key, "key", PairSpec(), options, PairSnapshot(), check);
  EXPECT_TRUE(check.ok());
  return property ? property->ShortDebugString() : "absent";
}

TEST(SocksProxyProperty, FillsInDefaults) {
  const PairOptions options = Apply({"socks_proxy { host: 'Proxy.Example' }"});
  ASSERT_NE(options.proxies, nullptr);
  ASSERT_EQ(options.proxies->hops.size(), 1u);
  const ProxyHop& hop = options.proxies->hops[0];
  EXPECT_EQ(hop.protocol, ProxyProtocol::kSocks5);
  EXPECT_EQ(hop.proxy.ToString(), "proxy.example:1080");
  EXPECT_TRUE(options.proxy_local_bypass);
}

TEST(SocksProxyProperty, IsReadWithoutItsPassword) {
  const PairOptions options =
      Apply({"socks_proxy { host: '192.0.2.1' port: 9 version: SOCKS_VERSION_4 user: 'u' "
             "password: 'open sesame' exceptions: '.example' proxy_loopback: true }"});
  EXPECT_EQ(options.proxies->hops[0].password, "open sesame");
  EXPECT_EQ(Read(v1::PROPERTY_KEY_SOCKS_PROXY, options),
            "socks_proxy { host: \"192.0.2.1\" port: 9 version: SOCKS_VERSION_4 user: \"u\" "
            "exceptions: \".example\" proxy_loopback: true }");
  EXPECT_EQ(Read(v1::PROPERTY_KEY_PROXY_CHAIN, options), "absent");
  EXPECT_EQ(Read(v1::PROPERTY_KEY_PROXY_LOCAL_BYPASS, options), "proxy_local_bypass: true");
}

TEST(SocksProxyProperty, CountsBytes) {
  const auto user = [](const std::string& version, const std::string& text) {
    return absl::StrCat("socks_proxy { host: 'p.example' version: ", version, " user: '", text,
                        "' }");
  };
  // 85 letters of three bytes each are 255 bytes; one byte more is too long.
  std::string euros;
  for (int i = 0; i < 85; ++i) euros += "\\342\\202\\254";
  EXPECT_EQ(Fault(user("SOCKS_VERSION_5", euros + "x")), "property.socks_proxy.user Streampair/3");
  Apply({user("SOCKS_VERSION_5", euros)});
  Apply({user("SOCKS_VERSION_4", std::string(512, 'u'))});
  EXPECT_EQ(Fault(user("SOCKS_VERSION_4", std::string(513, 'u'))),
            "property.socks_proxy.user Streampair/3");
  EXPECT_EQ(Fault(user("SOCKS_VERSION_4", "a\\000b")), "property.socks_proxy.user Streampair/3");
  Apply(
      {absl::StrCat("socks_proxy { host: 'p.example' password: '", std::string(255, 'p'), "' }")});
  EXPECT_EQ(Fault(absl::StrCat("socks_proxy { host: 'p.example' password: '", std::string(256, 'p'),
                               "' }")),
            "property.socks_proxy.password Streampair/3");
}

TEST(SocksProxyProperty, RefusesWhatCannotBe) {
  EXPECT_EQ(Fault("socks_proxy {}"), "property.socks_proxy.host Streampair/3");
  EXPECT_EQ(Fault("socks_proxy { host: 'two words' }"), "property.socks_proxy.host Streampair/3");
  EXPECT_EQ(Fault("socks_proxy { host: 'p.example' port: -1 }"),
            "property.socks_proxy.port Streampair/3");
  EXPECT_EQ(Fault("socks_proxy { host: 'p.example' port: 65536 }"),
            "property.socks_proxy.port Streampair/3");
  EXPECT_EQ(Fault("socks_proxy { host: 'p.example' version: 6 }"),
            "property.socks_proxy.version SOCKS/0/3")
      << "the contract's own number for a version that does not exist";
  EXPECT_EQ(Fault("socks_proxy { host: 'p.example' exceptions: '.a' exceptions: '10/33' }"),
            "property.socks_proxy.exceptions[1] Streampair/3");
  std::string many = "socks_proxy { host: 'p.example' ";
  for (int i = 0; i < 257; ++i) many += "exceptions: 'a.b' ";
  EXPECT_EQ(Fault(many + "}"), "property.socks_proxy.exceptions Streampair/3");
}

TEST(SocksProxyProperty, NoSecretIsInARefusal) {
  PairOptions options;
  RequestCheck check;
  ApplyProperty(Parse(absl::StrCat("socks_proxy { host: 'p.example' password: '",
                                   std::string(300, 'S'), "' }")),
                "property", PairOptions(), check, options);
  EXPECT_FALSE(absl::StrContains(check.Verdict()->error.detail(), "SS"));
  EXPECT_FALSE(absl::StrContains(check.Verdict()->violations[0].description, "SS"));
}

TEST(ProxyChainProperty, HoldsHopsOfBothKinds) {
  const PairOptions options =
      Apply({"proxy_chain { hops { socks { host: 'a.example' password: 'x' } } "
             "hops { http { host: 'b.example' port: 3128 user: 'u' password: 'y' } } }"});
  EXPECT_EQ(options.proxies->hops[1].protocol, ProxyProtocol::kHttp);
  EXPECT_EQ(Read(v1::PROPERTY_KEY_PROXY_CHAIN, options),
            "proxy_chain { hops { socks { host: \"a.example\" port: 1080 version: SOCKS_VERSION_5 "
            "} } hops { http { host: \"b.example\" port: 3128 user: \"u\" } } }");
  EXPECT_EQ(Read(v1::PROPERTY_KEY_SOCKS_PROXY, options), "absent");
}

TEST(ProxyChainProperty, RefusesWhatCannotBe) {
  EXPECT_EQ(Fault("proxy_chain {}"), "property.proxy_chain.hops Streampair/3");
  EXPECT_EQ(Fault("proxy_chain { hops {} }"), "property.proxy_chain.hops[0] Streampair/3");
  std::string nine = "proxy_chain { ";
  for (int i = 0; i < 9; ++i) nine += "hops { socks { host: 'p.example' } } ";
  EXPECT_EQ(Fault(nine + "}"), "property.proxy_chain.hops Streampair/3");
  const auto http = [](const std::string& rest) {
    return absl::StrCat("proxy_chain { hops { http { host: 'p.example' ", rest, " } } }");
  };
  EXPECT_EQ(Fault(http("")), "property.proxy_chain.hops[0].http.port Streampair/3");
  EXPECT_EQ(Fault(http("port: 1 user: 'a:b'")),
            "property.proxy_chain.hops[0].http.user Streampair/3");
  EXPECT_EQ(Fault(http("port: 1 user: 'a\\r\\nX: y'")),
            "property.proxy_chain.hops[0].http.user Streampair/3");
  EXPECT_EQ(Fault(http("port: 1 password: 'p'")),
            "property.proxy_chain.hops[0].http.user Streampair/3");
  EXPECT_EQ(Fault(http(absl::StrCat("port: 1 user: 'u' password: '", std::string(1025, 'p'), "'"))),
            "property.proxy_chain.hops[0].http.password Streampair/3");
  EXPECT_EQ(Fault("proxy_chain { hops { socks { host: 'p.example' proxy_loopback: true } } }"),
            "property.proxy_chain.hops[0].socks Streampair/3");
}

TEST(Proxies, TheLastOneSetCounts) {
  const std::string socks = "socks_proxy { host: 'a.example' }";
  const std::string chain = "proxy_chain { hops { socks { host: 'b.example' } } }";
  EXPECT_TRUE(Apply({socks, chain}).proxies->is_chain);
  EXPECT_FALSE(Apply({chain, socks}).proxies->is_chain);
  EXPECT_EQ(Apply({socks, "null: PROPERTY_KEY_SOCKS_PROXY"}).proxies, nullptr);
  EXPECT_NE(Apply({socks, "null: PROPERTY_KEY_PROXY_CHAIN"}).proxies, nullptr);
  EXPECT_EQ(Apply({chain, "null: PROPERTY_KEY_PROXY_CHAIN"}).proxies, nullptr);
  EXPECT_TRUE(Apply({"proxy_local_bypass: false", "null: PROPERTY_KEY_PROXY_LOCAL_BYPASS"})
                  .proxy_local_bypass);
}

// What becomes of a spec to `host` with these properties: "" or why it is refused.
std::string Refusal(const std::string& host, const std::string& properties) {
  v1::StreamPairSpec proto;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      absl::StrCat("target { host { name: '", host, "' port: 80 } } ", properties), &proto));
  PairSpec spec;
  const auto failure = SpecFromProto(proto, "spec", SpecRules(), MadeBy::kCreateCall, spec);
  if (!failure) return "";
  EXPECT_EQ(failure->error.id().ToString(), "Streampair/3");
  EXPECT_EQ(failure->violations[0].field, "spec.properties");
  return failure->violations[0].description;
}

TEST(Proxies, TargetsThatGoRoundThemAreRefused) {
  const std::string proxy = "properties { socks_proxy { host: 'p.example' } } ";
  EXPECT_EQ(Refusal("db.example", proxy), "");
  EXPECT_EQ(Refusal("127.0.0.2", proxy), "");
  EXPECT_TRUE(absl::StrContains(Refusal("localhost", proxy), "proxy_loopback"));
  EXPECT_TRUE(absl::StrContains(Refusal("db1", proxy), "proxy_local_bypass"));
  EXPECT_TRUE(absl::StrContains(Refusal("2001:db8::1", proxy), "proxy_local_bypass"));
  // Whatever the order, since all are set at once.
  const std::string off = "properties { proxy_local_bypass: false } ";
  EXPECT_EQ(Refusal("db1", proxy + off), "");
  EXPECT_EQ(Refusal("db1", off + proxy), "");
  EXPECT_TRUE(absl::StrContains(Refusal("127.0.0.1", off + proxy), "proxy_loopback"));
  EXPECT_EQ(
      Refusal("127.0.0.1", "properties { socks_proxy { host: 'p.example' proxy_loopback: true } }"),
      "");
  EXPECT_TRUE(
      absl::StrContains(Refusal("a.b.example",
                                "properties { proxy_chain { hops { socks { host: 'p.example' } } "
                                "exceptions: '*.example' } }"),
                        "\"*.example\""));
}

TEST(Proxies, AddressesAreJudgedByTheirText) {
  PairSpec spec;
  spec.target = DialTarget::ToEndpoints({Endpoint::Parse("127.0.0.1:80").value()});
  const PairOptions options = Apply({"socks_proxy { host: 'p.example' }"});
  RequestCheck check;
  CheckProxies(spec, options, "property", check);
  EXPECT_FALSE(check.ok());
  RequestCheck nothing;
  CheckProxies(PairSpec(), options, "property", nothing);
  EXPECT_FALSE(nothing.ok()) << "a target that is neither";
}

}  // namespace
}  // namespace streampair
