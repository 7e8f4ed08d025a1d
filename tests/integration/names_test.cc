// Names by a real name server: chains, many addresses, answers that change, other alphabets.
#include <csignal>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/harness/calls.h"
#include "tests/harness/frames.h"
#include "tests/harness/peers.h"
#include "tests/harness/scratch_dir.h"
#include "tests/harness/server_process.h"
#include "tests/harness/stream_error.h"
#include "tests/harness/tcp_target.h"
#include "tests/harness/transfer_client.h"
#include "tests/harness/wait.h"

namespace streampair::testing {
namespace {

using ::testing::ElementsAre;

v1::StreamPairSpec ToHost(int port, const std::string& host) {
  v1::StreamPairSpec spec = HeldSpecTo(port);
  spec.mutable_target()->mutable_host()->set_name(host);
  return spec;
}

v1::RemoteHost RemoteOf(ServerProcess& server, const std::string& name) {
  grpc::ClientContext context;
  v1::GetPropertyRequest request;
  request.set_name(name);
  request.set_key(v1::PROPERTY_KEY_SOCKET_REMOTE_HOST);
  v1::GetPropertyResponse response;
  EXPECT_THAT(server.stub().GetProperty(&context, request, &response), IsOk());
  return response.property().socket_remote_host();
}

TEST(Names, AChainOfAliasesIsFollowedAndTold) {
  TcpTarget target(Echo);
  Dnsmasq dns({"cname=first.test,second.test,good.test"});
  ServerProcess server({absl::StrCat("--dns-servers=", dns.address())});
  Calls calls(server.stub());
  const std::string name = calls.MakePair(ToHost(target.port(), "First.Test."));
  EXPECT_THAT(calls.Open(name).status, IsOk());
  const v1::RemoteHost remote = RemoteOf(server, name);
  EXPECT_THAT(remote.names(), ElementsAre("First.Test.", "good.test"));
  EXPECT_THAT(remote.addresses(), ElementsAre("127.0.0.1"));
  EXPECT_EQ(remote.connected_address(), target.address());
  EXPECT_EQ(remote.resolved_by(), v1::RESOLVED_BY_SERVER);
}

// The answer fits into no datagram: it comes by TCP, and 64 of its addresses are taken.
TEST(Names, AThousandAddresses) {
  ClosedPort closed;
  std::vector<std::string> lines;
  for (int i = 0; i < 1000; ++i) {
    lines.push_back(absl::StrCat("host-record=many.test,127.1.", i / 250, ".", i % 250 + 1));
  }
  Dnsmasq dns(lines);
  ServerProcess server({absl::StrCat("--dns-servers=", dns.address())});
  Calls calls(server.stub());
  const std::string name = calls.MakePair(ToHost(closed.port(), "many.test"));
  const PairAnswer answer = calls.Open(name);
  const StatusDetails details = DetailsOf(answer.status);
  ASSERT_TRUE(details.error.has_value());
  EXPECT_EQ(details.error->symbol(), "ECONNREFUSED");
  EXPECT_TRUE(absl::StrContains(details.error->message(), "tried 64 addresses"))
      << details.error->message();
  EXPECT_EQ(RemoteOf(server, name).addresses_size(), 64);
  EXPECT_EQ(calls.Get(name).pair.attempts_size(), 64);
}

// The name server hears nothing from the one that it asks first; when it is asked again, it asks
// the other.
TEST(Names, AnAnswerThatTakesASecondTry) {
  TcpTarget target(Echo);
  SilentDns silent;
  Dnsmasq knows({"host-record=slow.test,127.0.0.1"});
  Dnsmasq slow({"strict-order", absl::StrCat("server=/slow.test/127.0.0.1#", silent.port()),
                absl::StrCat("server=/slow.test/127.0.0.1#", knows.port())});
  ServerProcess server({absl::StrCat("--dns-servers=", slow.address()), "--dns-timeout=300ms"});
  Calls calls(server.stub());
  const absl::Time begin = absl::Now();
  EXPECT_THAT(calls.Open(calls.MakePair(ToHost(target.port(), "slow.test"))).status, IsOk());
  EXPECT_GE(absl::Now() - begin, absl::Milliseconds(250)) << "not by the first try";
}

TEST(Names, AnIpv6AddressAlone) {
  TcpTarget target(Echo, {.ipv6 = true});
  Dnsmasq dns({"host-record=six.test,::1"});
  ServerProcess server({absl::StrCat("--dns-servers=", dns.address())});
  Calls calls(server.stub());
  const PairAnswer answer = calls.Open(calls.MakePair(ToHost(target.port(), "six.test")));
  EXPECT_THAT(answer.status, IsOk());
  EXPECT_EQ(answer.pair.remote_address(), target.address());
}

TEST(Names, AnAnswerThatChangesIsFollowedWithinASecondWhateverItsTtl) {
  TcpTarget target(Echo);
  ScratchDir scratch;
  scratch.Write("hosts", "127.0.0.1 moving.test\n");
  Dnsmasq dns({absl::StrCat("addn-hosts=", scratch.File("hosts")), "local-ttl=3600"});
  ServerProcess server({absl::StrCat("--dns-servers=", dns.address())});
  Calls calls(server.stub());
  const std::string before = calls.MakePair(ToHost(target.port(), "moving.test"));
  EXPECT_THAT(calls.Open(before).status, IsOk());

  scratch.Write("hosts", "127.0.0.2 moving.test\n");
  dns.process().Signal(SIGHUP);
  EXPECT_TRUE(WaitUntil(
      [&] {
        const std::string name = calls.MakePair(ToHost(target.port(), "moving.test"));
        calls.Open(name);  // Nobody listens there.
        return RemoteOf(server, name).addresses(0) == "127.0.0.2";
      },
      absl::Seconds(20)));
}

TEST(Names, LookupsOfOneNameAtATimeAreOneQuestion) {
  TcpTarget target(Echo);
  Dnsmasq dns(
      {"log-queries", "log-facility=-", "host-record=crowd.test,127.0.0.1", "local-ttl=60"});
  ServerProcess server(
      {absl::StrCat("--dns-servers=", dns.address()), "--loops=1", "--dns-cache-ttl=10s"});
  TransferClient rpc(server.stub());
  constexpr uint32_t kPairs = 200;
  std::vector<v1::ClientFrame> frames;
  for (uint32_t channel = 0; channel < kPairs; ++channel) {
    frames.push_back(AttachNew(channel, SpecTo(target.port(), "crowd.test")));
    frames.push_back(DataFrame(channel, "mine"));
    frames.push_back(FinishFrame(channel));
  }
  rpc.Send(frames);
  for (uint32_t channel = 0; channel < kPairs; ++channel) {
    EXPECT_FALSE(rpc.AwaitEnd(channel).has_error());
    EXPECT_EQ(rpc.log(channel).data, "mine");
  }
  EXPECT_THAT(rpc.Leave(), IsOk());
  int questions = 0;
  for (const auto& line : absl::StrSplit(dns.process().Output(), '\n')) {
    questions += absl::StrContains(line, "query[A] crowd.test");
  }
  EXPECT_EQ(questions, 1);
}

TEST(Names, InternationalisedNamesAndShortForms) {
  TcpTarget target(Echo);
  Dnsmasq dns({"host-record=xn--bcher-kva.test,127.0.0.1"});
  ServerProcess server(
      {absl::StrCat("--dns-servers=", dns.address()), "--allow-numeric-short-forms"});
  Calls calls(server.stub());
  const std::string typed =
      "B\xc3\xbc"
      "cher.test";
  const std::string name = calls.MakePair(ToHost(target.port(), typed));
  const PairAnswer answer = calls.Open(name);
  EXPECT_THAT(answer.status, IsOk());
  EXPECT_EQ(answer.pair.target().host().name(), typed);
  EXPECT_THAT(calls.Open(calls.MakePair(ToHost(target.port(), "0x7f.1"))).status, IsOk());
}

TEST(Names, OneFamilyOnlyIfTheCallerSaysSo) {
  TcpTarget target(Echo);
  Dnsmasq dns({"host-record=dual.test,127.0.0.1,::1"});
  ServerProcess server({absl::StrCat("--dns-servers=", dns.address())});
  Calls calls(server.stub());
  v1::StreamPairSpec spec = ToHost(target.port(), "dual.test");
  spec.add_properties()->mutable_connect_strategy()->set_family(v1::ADDRESS_FAMILY_IPV4);
  const std::string name = calls.MakePair(spec);
  EXPECT_THAT(calls.Open(name).status, IsOk());
  EXPECT_THAT(RemoteOf(server, name).addresses(), ElementsAre("127.0.0.1"));
}

}  // namespace
}  // namespace streampair::testing
