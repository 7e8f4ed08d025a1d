// Names with several addresses, of which some lead nowhere, on a machine whose routes are broken:
// how long an open takes, and what is told of each attempt.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/harness/calls.h"
#include "tests/harness/frames.h"
#include "tests/harness/peers.h"
#include "tests/harness/private_machine.h"
#include "tests/harness/sanitizer.h"
#include "tests/harness/server_process.h"
#include "tests/harness/stream_error.h"
#include "tests/harness/tcp_target.h"

namespace streampair::testing {
namespace {

using ::testing::HasSubstr;

const bool kPrivate = EnterPrivateMachine();

constexpr char kDead6[] = "2001:db8:dead::1";
constexpr char kDead4[] = "192.0.2.7";

// A sanitizer slows the server down, not the network.
absl::Duration Fast() { return absl::Milliseconds(UnderSanitizer() ? 1000 : 400); }

v1::StreamPairSpec ToHost(int port, const std::string& host) {
  v1::StreamPairSpec spec = HeldSpecTo(port);
  spec.mutable_target()->mutable_host()->set_name(host);
  return spec;
}

class Racing : public ::testing::Test {
 protected:
  Racing() {
    if (!kPrivate) return;  // And all tests are skipped.
    MakeBlackHole("2001:db8:dead::/48", "2001:db8::1/128");
    MakeBlackHole("192.0.2.0/24", "198.51.100.1/32");
  }

  static v1::StreamPairSpec To(const std::vector<std::string>& addresses, int port) {
    v1::StreamPairSpec spec = HeldSpecTo(port);
    spec.mutable_target()->mutable_host()->clear_name();
    for (const auto& each : addresses) spec.mutable_target()->mutable_host()->add_addresses(each);
    return spec;
  }

  // Opens it and says how long that took, in the test's record too.
  absl::Duration OpenFor(Calls& calls, const v1::StreamPairSpec& spec, PairAnswer* answer) {
    const std::string name = calls.MakePair(spec);
    const absl::Time begin = absl::Now();
    *answer = calls.Open(name);
    const absl::Duration took = absl::Now() - begin;
    answer->pair = calls.Get(name).pair;
    RecordProperty("open_ms", static_cast<int>(absl::ToInt64Milliseconds(took)));
    return took;
  }
};

TEST_F(Racing, BrokenIpv6CostsAQuarterOfASecond) {
  TcpTarget target(Echo);
  Dnsmasq dns({absl::StrCat("host-record=dual.test,127.0.0.1,", kDead6)});
  ServerProcess server({absl::StrCat("--dns-servers=", dns.address())});
  Calls calls(server.stub());
  PairAnswer answer;
  const absl::Duration took = OpenFor(calls, ToHost(target.port(), "dual.test"), &answer);
  EXPECT_THAT(answer.status, IsOk());
  EXPECT_LT(took, Fast());
  EXPECT_GE(took, absl::Milliseconds(250));
  EXPECT_EQ(answer.pair.remote_address(), target.address());
  ASSERT_EQ(answer.pair.attempts_size(), 2);
  EXPECT_EQ(answer.pair.attempts(0).address(), absl::StrCat("[", kDead6, "]:", target.port()));
  EXPECT_EQ(answer.pair.attempts(0).error().symbol(), "ECANCELED");
  EXPECT_FALSE(answer.pair.attempts(1).has_error());
}

TEST_F(Racing, BrokenIpv4DoesNotDelayIpv6) {
  TcpTarget target(Echo, {.ipv6 = true});
  Dnsmasq dns({absl::StrCat("host-record=dual.test,", kDead4, ",::1")});
  ServerProcess server({absl::StrCat("--dns-servers=", dns.address())});
  Calls calls(server.stub());
  PairAnswer answer;
  EXPECT_LT(OpenFor(calls, ToHost(target.port(), "dual.test"), &answer), Fast());
  EXPECT_THAT(answer.status, IsOk());
  EXPECT_EQ(answer.pair.remote_address(), target.address());

  // Even if the caller wants IPv4 first.
  EXPECT_LT(OpenFor(calls, To({kDead4, "::1"}, target.port()), &answer), Fast());
  EXPECT_THAT(answer.status, IsOk());
  EXPECT_EQ(answer.pair.remote_address(), target.address());
  EXPECT_EQ(answer.pair.attempts_size(), 2);
}

TEST_F(Racing, ManyDeadAddressesOfOneFamilyCostOneDelay) {
  TcpTarget target(Echo);
  std::vector<std::string> lines;
  for (int i = 1; i <= 20; ++i)
    lines.push_back(absl::StrCat("host-record=dual.test,2001:db8:dead::", i));
  lines.push_back("host-record=dual.test,127.0.0.1");
  Dnsmasq dns(lines);
  ServerProcess server({absl::StrCat("--dns-servers=", dns.address())});
  Calls calls(server.stub());
  PairAnswer answer;
  EXPECT_LT(OpenFor(calls, ToHost(target.port(), "dual.test"), &answer), Fast());
  EXPECT_THAT(answer.status, IsOk());
  EXPECT_EQ(answer.pair.attempts_size(), 2);
}

TEST_F(Racing, ASequentialOpenWaitsForEachAddress) {
  TcpTarget target(Echo);
  ServerProcess server;
  Calls calls(server.stub());
  v1::StreamPairSpec spec = To({kDead6, "127.0.0.1"}, target.port());
  spec.add_properties()->mutable_connect_strategy()->set_order(v1::CONNECT_ORDER_SEQUENTIAL);
  *spec.add_properties()->mutable_timeouts()->mutable_connect() = ToProto(absl::Milliseconds(600));
  PairAnswer answer;
  EXPECT_GE(OpenFor(calls, spec, &answer), absl::Milliseconds(600));
  EXPECT_EQ(answer.pair.error().symbol(), "ETIMEDOUT");
  EXPECT_EQ(answer.pair.attempts_size(), 1);
}

TEST_F(Racing, ARefusedAddressCostsNothing) {
  TcpTarget target(Echo);  // On 127.0.0.1 only.
  ServerProcess server;
  Calls calls(server.stub());
  PairAnswer answer;
  EXPECT_LT(OpenFor(calls, To({"127.0.0.2", "::1", "127.0.0.1"}, target.port()), &answer),
            absl::Milliseconds(UnderSanitizer() ? 1000 : 240));
  EXPECT_THAT(answer.status, IsOk());
  ASSERT_EQ(answer.pair.attempts_size(), 3);
  EXPECT_EQ(answer.pair.attempts(0).error().symbol(), "ECONNREFUSED");
  EXPECT_EQ(answer.pair.attempts(1).error().symbol(), "ECONNREFUSED");
}

TEST_F(Racing, WhenAllFailTheErrorListsAll) {
  ClosedPort closed;
  ServerProcess server;
  Calls calls(server.stub());
  v1::StreamPairSpec spec = To({kDead6, "127.0.0.1", kDead4}, closed.port());
  *spec.add_properties()->mutable_timeouts()->mutable_connect() = ToProto(absl::Seconds(1));
  PairAnswer answer;
  OpenFor(calls, spec, &answer);
  const StatusDetails details = DetailsOf(answer.status);
  ASSERT_TRUE(details.error.has_value());
  EXPECT_EQ(details.error->symbol(), "ETIMEDOUT") << "the last address's";
  EXPECT_EQ(details.error->address(), absl::StrCat(kDead4, ":", closed.port()));
  EXPECT_THAT(details.error->message(),
              HasSubstr(absl::StrCat("tried 3 addresses: [", kDead6, "]:", closed.port(),
                                     " ETIMEDOUT, 127.0.0.1:", closed.port(), " ECONNREFUSED, ",
                                     kDead4, ":", closed.port(), " ETIMEDOUT")));
  EXPECT_EQ(answer.pair.attempts_size(), 3);
}

TEST_F(Racing, TheLocalAddressAndInterfaceAreTheSource) {
  TcpTarget target(Echo);
  ServerProcess server;
  Calls calls(server.stub());
  v1::StreamPairSpec spec = ToHost(target.port(), "127.0.0.1");
  v1::LocalAddress& local = *spec.add_properties()->mutable_local_address();
  local.set_address("127.0.0.77");
  local.set_interface("lo");
  PairAnswer answer;
  OpenFor(calls, spec, &answer);
  EXPECT_THAT(answer.status, IsOk());
  EXPECT_THAT(answer.pair.local_address(), ::testing::StartsWith("127.0.0.77:"));
  local.set_interface("nosuch0");
  OpenFor(calls, spec, &answer);
  EXPECT_EQ(answer.pair.error().symbol(), "ENODEV");
}

}  // namespace
}  // namespace streampair::testing
