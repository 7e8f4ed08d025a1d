// Who is asked for what: names, addresses, look-ups and judgements along a chain of proxies. The
// resolver answers from a script; the exchanges themselves are tested in core/socks.
#include "core/pair/proxy_route.h"

#include <cerrno>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "core/base/netdb_errors.h"
#include "core/base/streampair_errors.h"
#include "core/testing/fake_loop.h"
#include "core/testing/fake_resolver.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

// Refuses targets and addresses whose text contains a word.
class WordPolicy : public DialPolicy {
 public:
  std::optional<Error> JudgeTarget(const DialTarget& target) const override {
    judged.push_back(target.ToString());
    return Judge(bad_target, target.ToString());
  }
  std::optional<Error> JudgeAddress(const DialTarget&, const Endpoint& endpoint) const override {
    judged.push_back("address " + endpoint.ToString());
    return Judge(bad_address, endpoint.ToString());
  }
  std::optional<Error> JudgeUnresolved(const DialTarget& target) const override {
    return Judge(bad_unresolved, target.ToString());
  }
  std::string bad_unresolved = "(none)";
  std::string bad_target = "(none)";
  std::string bad_address = "(none)";
  mutable std::vector<std::string> judged;

 private:
  static std::optional<Error> Judge(const std::string& bad, const std::string& text) {
    if (!absl::StrContains(text, bad)) return std::nullopt;
    return PolicyDenied(text);
  }
};

HostPort At(absl::string_view host, uint16_t port) { return {ParseHost(host).value(), port}; }

ProxyHop Hop(ProxyProtocol protocol, absl::string_view host, uint16_t port = 1080) {
  return {protocol, At(host, port), "", ""};
}

DialTarget Name(absl::string_view name, int port) {
  return DialTarget::ToHost(ParseHost(name).value(), Port::Make(port).value());
}

DialTarget Addresses(const std::vector<std::string>& texts) {
  std::vector<Endpoint> endpoints;
  for (const std::string& text : texts) endpoints.push_back(Endpoint::Parse(text).value());
  return DialTarget::ToEndpoints(std::move(endpoints));
}

class ProxyRouteTest : public testing::Test {
 protected:
  std::optional<Error> Start(DialTarget target, std::vector<ProxyHop> hops) {
    auto proxies = std::make_shared<ProxyOptions>();
    proxies->hops = std::move(hops);
    route_.emplace(ProxyRoute::Context{&resolver_, Unowned(), Unowned()}, std::move(target),
                   std::move(proxies), absl::Seconds(5));
    return route_->Start([this] { ++done_; });
  }
  // What each hop is asked for, or the error.
  std::vector<std::string> Asked(DialTarget target, std::vector<ProxyHop> hops) {
    if (const auto error = Start(std::move(target), std::move(hops))) return {error->ToString()};
    for (int i = 0; i < 10 && !route_->resolved(); ++i) loop_.Advance(absl::Seconds(1));
    EXPECT_TRUE(route_->resolved());
    const auto handshakes = route_->MakeHandshakes();
    if (!handshakes.ok()) return {handshakes.error().id().ToString()};
    std::vector<std::string> asked;
    for (const HopRecord& hop : route_->hops()) asked.push_back(hop.target);
    route_->NoteOutcome();
    return asked;
  }
  using Texts = std::vector<std::string>;

  FakeLoop loop_;
  FakeResolver resolver_{loop_};
  std::shared_ptr<const DialPolicy> Unowned() { return {std::shared_ptr<void>(), &policy_}; }

  WordPolicy policy_;
  std::optional<ProxyRoute> route_;
  int done_ = 0;
};

TEST_F(ProxyRouteTest, LeavesNamesToProxiesThatResolve) {
  for (const ProxyProtocol protocol : {ProxyProtocol::kSocks5, ProxyProtocol::kHttp}) {
    EXPECT_EQ(Asked(Name("target.example", 80), {Hop(protocol, "proxy.example")}),
              Texts{"target.example:80"});
  }
  EXPECT_TRUE(resolver_.asked().empty());
  EXPECT_EQ(route_->FirstProxy().ToString(), "proxy.example:1080");
  EXPECT_EQ(done_, 0);
}

TEST_F(ProxyRouteTest, SendsTheNameEvenIfAddressesAreKnown) {
  DialTarget target = Name("target.example", 80);
  target.endpoints = {Endpoint::Parse("192.0.2.7:80").value()};
  EXPECT_EQ(Asked(target, {Hop(ProxyProtocol::kSocks5, "p.example")}), Texts{"target.example:80"});
  EXPECT_EQ(Asked(target, {Hop(ProxyProtocol::kSocks4, "p.example")}), Texts{"192.0.2.7:80"});
  EXPECT_TRUE(resolver_.asked().empty());
}

TEST_F(ProxyRouteTest, AddressesGoAsAddresses) {
  EXPECT_EQ(Asked(Addresses({"[2001:db8::1]:80", "192.0.2.7:80"}),
                  {Hop(ProxyProtocol::kSocks5, "p.example")}),
            Texts{"[2001:db8::1]:80"});
  EXPECT_EQ(Asked(Addresses({"[2001:db8::1]:80", "192.0.2.7:81"}),
                  {Hop(ProxyProtocol::kSocks4, "p.example")}),
            Texts{"192.0.2.7:81"});
}

TEST_F(ProxyRouteTest, ResolvesForSocks4) {
  resolver_.SetAddresses("target.example", {"2001:db8::1", "192.0.2.7", "192.0.2.8"},
                         absl::Seconds(1));
  EXPECT_EQ(Asked(Name("target.example", 80), {Hop(ProxyProtocol::kSocks4, "p.example")}),
            Texts{"192.0.2.7:80"});
  EXPECT_EQ(done_, 1);
  EXPECT_EQ(route_->resolution()->addresses.size(), 3u);
}

TEST_F(ProxyRouteTest, FallsBackTo4aWhenTheLookUpFails) {
  EXPECT_EQ(Asked(Name("unknown.example", 80), {Hop(ProxyProtocol::kSocks4, "p.example")}),
            Texts{"unknown.example:80"});
  resolver_.SetSilent("slow.example");
  EXPECT_EQ(Asked(Name("slow.example", 80), {Hop(ProxyProtocol::kSocks4, "p.example")}),
            Texts{"slow.example:80"});
  EXPECT_FALSE(route_->resolution().has_value());
}

TEST_F(ProxyRouteTest, Socks4WithoutAnIpv4AddressIsEinval) {
  resolver_.SetAddresses("six.example", {"2001:db8::1"});
  EXPECT_EQ(Asked(Name("six.example", 80), {Hop(ProxyProtocol::kSocks4, "p.example")}),
            Texts{"POSIX/22"});
  EXPECT_EQ(Asked(Addresses({"[2001:db8::1]:80"}), {Hop(ProxyProtocol::kSocks4, "p.example")}),
            Texts{"POSIX/22"});
}

TEST_F(ProxyRouteTest, EachHopIsAskedForTheNext) {
  resolver_.SetAddresses("third.example", {"192.0.2.3"});
  EXPECT_EQ(Asked(Name("target.example", 443), {Hop(ProxyProtocol::kSocks5, "first.example"),
                                                Hop(ProxyProtocol::kSocks4, "192.0.2.2", 1081),
                                                Hop(ProxyProtocol::kHttp, "third.example", 3128)}),
            (Texts{"192.0.2.2:1081", "192.0.2.3:3128", "target.example:443"}));
  EXPECT_EQ(route_->FirstProxy().ToString(), "first.example:1080");
  EXPECT_FALSE(route_->resolution().has_value()) << "only the target's is kept";
}

TEST_F(ProxyRouteTest, PolicyJudgesEveryTarget) {
  EXPECT_FALSE(Start(Name("target.example", 443), {Hop(ProxyProtocol::kSocks5, "first.example"),
                                                   Hop(ProxyProtocol::kSocks5, "192.0.2.2")})
                   .has_value());
  EXPECT_EQ(policy_.judged,
            (Texts{"192.0.2.2:1080", "address 192.0.2.2:1080", "target.example:443"}));
  for (const char* word : {"target", "192.0.2.2"}) {
    policy_.bad_target = word;
    EXPECT_TRUE(Start(Name("target.example", 443), {Hop(ProxyProtocol::kSocks5, "first.example"),
                                                    Hop(ProxyProtocol::kSocks5, "192.0.2.2")})
                    .has_value());
  }
}

TEST_F(ProxyRouteTest, PolicyJudgesAddressesThatAreKnownHere) {
  policy_.bad_address = "192.0.2.7";
  EXPECT_TRUE(
      Start(Addresses({"192.0.2.7:80"}), {Hop(ProxyProtocol::kSocks5, "p.example")}).has_value());
  resolver_.SetAddresses("target.example", {"192.0.2.7", "192.0.2.8"});
  EXPECT_EQ(Asked(Name("target.example", 80), {Hop(ProxyProtocol::kSocks4, "p.example")}),
            Texts{"192.0.2.8:80"});
  resolver_.SetAddresses("target.example", {"192.0.2.7"});
  EXPECT_EQ(Asked(Name("target.example", 80), {Hop(ProxyProtocol::kSocks4, "p.example")}),
            Texts{"Streampair/15"});
}

TEST_F(ProxyRouteTest, LeavingItCancelsItsLookUps) {
  resolver_.SetSilent("slow.example");
  EXPECT_FALSE(
      Start(Name("slow.example", 80), {Hop(ProxyProtocol::kSocks4, "p.example")}).has_value());
  EXPECT_EQ(resolver_.pending(), 1u);
  route_.reset();
  EXPECT_EQ(resolver_.pending(), 0u);
}

// A service's host and port are only known once it is resolved, which nobody does for a proxy yet.
TEST_F(ProxyRouteTest, AServiceBehindAProxyIsNotOffered) {
  const auto service = ServiceName::Make("x", "_http._tcp", "example").value();
  const auto error =
      Start(DialTarget::ToService(service), {Hop(ProxyProtocol::kSocks5, "p.example")});
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->id(), Unimplemented("").id());
}

TEST_F(ProxyRouteTest, PolicyJudgesNamesThatAreLeftToProxies) {
  policy_.bad_unresolved = "target.example";
  for (const ProxyProtocol protocol : {ProxyProtocol::kSocks5, ProxyProtocol::kHttp}) {
    EXPECT_TRUE(Start(Name("target.example", 80), {Hop(protocol, "p.example")}).has_value());
    EXPECT_FALSE(Start(Name("other.example", 80), {Hop(protocol, "p.example")}).has_value());
    EXPECT_FALSE(Start(Addresses({"192.0.2.9:80"}), {Hop(protocol, "p.example")}).has_value());
  }
  // SOCKS4 leaves a name to the proxy only when it cannot be resolved here.
  EXPECT_EQ(Asked(Name("target.example", 80), {Hop(ProxyProtocol::kSocks4, "p.example")}),
            Texts{"Streampair/15"});
  resolver_.SetAddresses("target.example", {"192.0.2.8"});
  EXPECT_EQ(Asked(Name("target.example", 80), {Hop(ProxyProtocol::kSocks4, "p.example")}),
            Texts{"192.0.2.8:80"});
}

}  // namespace
}  // namespace streampair
