// DNS-SD services as targets: by DNS with dnsmasq, and by multicast with Avahi and its D-Bus on a
// machine of their own.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/harness/avahi.h"
#include "tests/harness/calls.h"
#include "tests/harness/frames.h"
#include "tests/harness/peers.h"
#include "tests/harness/private_machine.h"
#include "tests/harness/server_process.h"
#include "tests/harness/stream_error.h"
#include "tests/harness/tcp_target.h"
#include "tests/harness/transfer_client.h"
#include "tests/harness/wait.h"

namespace streampair::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

const bool kPrivate = EnterPrivateMachine();  // If not, all tests are skipped.

constexpr int kNetServices = 10;

v1::StreamPairSpec ToService(const std::string& name, const std::string& type,
                             const std::string& domain) {
  v1::StreamPairSpec spec = HeldSpecTo(1);
  v1::NetServiceTarget& service = *spec.mutable_target()->mutable_net_service();
  service.set_name(name);
  service.set_type(type);
  service.set_domain(domain);
  return spec;
}

class Services : public ::testing::Test {
 protected:
  static std::unique_ptr<ServerProcess> Server(const Dnsmasq& dns) {
    return std::make_unique<ServerProcess>(
        std::vector<std::string>{absl::StrCat("--dns-servers=", dns.address())});
  }

  static v1::RemoteNetService RemoteOf(ServerProcess& server, const std::string& name) {
    grpc::ClientContext context;
    v1::GetPropertyRequest request;
    request.set_name(name);
    request.set_key(v1::PROPERTY_KEY_SOCKET_REMOTE_NET_SERVICE);
    v1::GetPropertyResponse response;
    EXPECT_THAT(server.stub().GetProperty(&context, request, &response), IsOk());
    return response.property().socket_remote_net_service();
  }

  static void ExpectFails(ServerProcess& server, const v1::StreamPairSpec& spec, int code) {
    Calls calls(server.stub());
    const PairAnswer answer = calls.Open(calls.MakePair(spec));
    const StatusDetails details = DetailsOf(answer.status);
    ASSERT_TRUE(details.error.has_value());
    EXPECT_EQ(details.error->domain(), kNetServices);
    EXPECT_EQ(details.error->code(), code) << details.error->message();
    EXPECT_EQ(details.error->stage(), v1::ERROR_STAGE_RESOLVE);
  }
};

TEST_F(Services, ByDnsWithPrioritiesAndText) {
  TcpTarget target(Echo);
  ClosedPort closed;
  Dnsmasq dns(
      {"host-record=live.test,127.0.0.1", "host-record=dead.test,127.0.0.1",
       absl::StrCat("srv-host=\"Left Printer._ipp._tcp.test\",live.test,", target.port(), ",20,0"),
       absl::StrCat("srv-host=\"Left Printer._ipp._tcp.test\",dead.test,", closed.port(), ",10,0"),
       "txt-record=\"Left Printer._ipp._tcp.test\",rp=queue,note=hello"});
  const auto server = Server(dns);
  Calls calls(server->stub());
  const std::string name = calls.MakePair(ToService("Left Printer", "_ipp._tcp.", "test."));
  EXPECT_EQ(RemoteOf(*server, name).host(), "") << "not resolved before the open";
  const PairAnswer answer = calls.Open(name);
  EXPECT_THAT(answer.status, IsOk());
  EXPECT_EQ(answer.pair.remote_address(), target.address());
  EXPECT_EQ(answer.pair.attempts_size(), 2) << "the host of lower priority was refused first";
  EXPECT_EQ(answer.pair.target().net_service().domain(), "test");

  const v1::RemoteNetService remote = RemoteOf(*server, name);
  EXPECT_EQ(remote.service().name(), "Left Printer");
  EXPECT_EQ(remote.host(), "live.test");
  EXPECT_EQ(remote.port(), target.port());
  EXPECT_THAT(remote.addresses(), ElementsAre(target.address()));
  EXPECT_THAT(remote.txt(), ElementsAre("rp=queue", "note=hello"));

  TransferClient rpc(server->stub());
  rpc.Send({AttachTo(0, name), DataFrame(0, "over SRV"), FinishFrame(0)});
  EXPECT_FALSE(rpc.AwaitEnd().has_error());
  EXPECT_EQ(rpc.log().data, "over SRV");
  EXPECT_THAT(rpc.Leave(), IsOk());
}

TEST_F(Services, WeightsShareTheLoad) {
  TcpTarget heavy(Echo);
  TcpTarget light(Echo);
  Dnsmasq dns({"host-record=live.test,127.0.0.1",
               absl::StrCat("srv-host=x._http._tcp.test,live.test,", heavy.port(), ",0,90"),
               absl::StrCat("srv-host=x._http._tcp.test,live.test,", light.port(), ",0,10")});
  const auto server = Server(dns);
  Calls calls(server->stub());
  for (int i = 0; i < 100; ++i) {
    EXPECT_THAT(calls.Open(calls.MakePair(ToService("x", "_http._tcp", "test"))).status, IsOk());
  }
  EXPECT_GT(heavy.accepted(), 60);
  EXPECT_GT(light.accepted(), 0);
}

TEST_F(Services, EachFailureHasTheContractsNumber) {
  Dnsmasq dns({"srv-host=off._http._tcp.test"});  // The root as its host: not offered.
  const auto server = Server(dns);
  ExpectFails(*server, ToService("nobody", "_http._tcp", "test"), -72002);
  ExpectFails(*server, ToService("off", "_http._tcp", "test"), -72002);

  SilentDns silent;
  ServerProcess deaf({absl::StrCat("--dns-servers=", silent.address())});
  v1::StreamPairSpec spec = ToService("x", "_http._tcp", "test");
  *spec.add_properties()->mutable_timeouts()->mutable_resolve() = ToProto(absl::Milliseconds(300));
  ExpectFails(deaf, spec, -72007);
}

TEST_F(Services, WithoutAvahiLocalServicesSayWhatIsMissing) {
  ServerProcess server;
  ExpectFails(server, ToService("Printer", "_ipp._tcp", ""), -72000);
  SystemBus bus;  // A bus, and nobody on it.
  ExpectFails(server, ToService("Printer", "_ipp._tcp", ""), -72000);
}

TEST_F(Services, PublishedResolvedVanished) {
  TcpTarget target(Echo);
  SystemBus bus;
  auto avahi = std::make_unique<AvahiDaemon>();
  ServerProcess server;
  Calls calls(server.stub());
  auto published =
      avahi->Publish("Printer on the left", "_ipp._tcp", target.port(), {"rp=queue", "note=hello"});

  const std::string name = calls.MakePair(ToService("Printer on the left", "_ipp._tcp", "local."));
  const PairAnswer answer = calls.Open(name);
  EXPECT_THAT(answer.status, IsOk());
  EXPECT_EQ(answer.pair.remote_address(), target.address());
  const v1::RemoteNetService remote = RemoteOf(server, name);
  EXPECT_EQ(remote.host(), "tester.local");
  EXPECT_EQ(remote.port(), target.port());
  EXPECT_THAT(remote.addresses(), Contains(target.address()));
  EXPECT_THAT(remote.txt(), UnorderedElementsAre("rp=queue", "note=hello"));

  // Many at once, some of which nobody waits for.
  {
    TransferClient rpc(server.stub());
    for (uint32_t channel = 0; channel < 40; ++channel) {
      rpc.Send({AttachNew(channel, ToService("Printer on the left", "_ipp._tcp", "")),
                DataFrame(channel, "mine"), FinishFrame(channel)});
    }
    for (uint32_t channel = 0; channel < 40; channel += 2) {
      EXPECT_FALSE(rpc.AwaitEnd(channel).has_error());
      EXPECT_EQ(rpc.log(channel).data, "mine");
    }
  }

  published.reset();
  v1::StreamPairSpec spec = ToService("Printer on the left", "_ipp._tcp", "");
  *spec.add_properties()->mutable_timeouts()->mutable_resolve() = ToProto(absl::Milliseconds(1500));
  // The daemon says goodbye for it once it misses the publisher.
  EXPECT_TRUE(WaitUntil([&] {
    const StatusDetails details = DetailsOf(calls.Open(calls.MakePair(spec)).status);
    return details.error.has_value() && details.error->domain() == kNetServices &&
           details.error->code() == -72007;
  }));

  // The daemon goes and comes back; the server finds it again.
  avahi.reset();
  ExpectFails(server, spec, -72000);
  avahi = std::make_unique<AvahiDaemon>();
  published = avahi->Publish("Second", "_ipp._tcp", target.port(), {});
  EXPECT_THAT(calls.Open(calls.MakePair(ToService("Second", "_ipp._tcp", ""))).status, IsOk());
}

}  // namespace
}  // namespace streampair::testing
