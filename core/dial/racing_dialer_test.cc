#include "core/dial/racing_dialer.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/netdb_errors.h"
#include "core/base/streampair_errors.h"
#include "core/testing/counting_loop.h"
#include "core/testing/dialer_conformance.h"
#include "core/testing/fake_resolver.h"
#include "core/testing/fake_service_resolver.h"
#include "core/testing/loop_harness.h"
#include "core/testing/loopback_listener.h"
#include "core/testing/open_descriptors.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

// Refuses what it is told to, and remembers what it was asked.
class TestPolicy : public DialPolicy {
 public:
  std::optional<Error> JudgeTarget(const DialTarget& target) const override {
    targets.push_back(target.ToString());
    if (refuse_target) return PolicyDenied("target");
    return std::nullopt;
  }
  std::optional<Error> JudgeAddress(const DialTarget&, const Endpoint& endpoint) const override {
    judged.push_back(endpoint);
    for (const Endpoint& refused : refuse) {
      if (refused == endpoint) return PolicyDenied("address");
    }
    return std::nullopt;
  }

  std::optional<Error> JudgeUnresolved(const DialTarget&) const override {
    return PolicyDenied("no dialer asks this");
  }

  bool refuse_target = false;
  std::vector<Endpoint> refuse;
  mutable std::vector<std::string> targets;
  mutable std::vector<Endpoint> judged;
};

class Bench {
 public:
  ~Bench() {
    harness->Run([&] { dialer.reset(); });
    EXPECT_EQ(loop.timers(), 0);
    EXPECT_EQ(loop.watches(), 0);
  }

  DialOutcome Dial(const DialTarget& target, const DialOptions& options = {}) {
    std::vector<DialOutcome> outcomes;
    harness->Run([&] {
      dialer->Dial(target, options,
                   [&](DialOutcome outcome) { outcomes.push_back(std::move(outcome)); });
    });
    EXPECT_TRUE(harness->RunUntil([&] { return !outcomes.empty(); }));
    return std::move(outcomes.at(0));
  }

  std::unique_ptr<LoopHarness> harness = MakeEpollHarness();
  CountingLoop loop{harness->loop()};  // The dialer's share is counted.
  FakeResolver resolver{harness->loop()};
  FakeServiceResolver services{harness->loop()};
  TestPolicy policy;
  std::unique_ptr<RacingDialer> dialer =
      std::make_unique<RacingDialer>(loop, resolver, services, policy);
};

DialTarget ToName(absl::string_view name, uint16_t port) {
  return DialTarget::ToHost(ParseHost(name).value(), Port::Make(port).value());
}

DialTarget To(std::vector<Endpoint> endpoints) {
  return DialTarget::ToEndpoints(std::move(endpoints));
}

// Cannot be connected to, which the kernel says at once: TCP knows no broadcast.
Endpoint Broadcast() { return Endpoint::Parse("255.255.255.255:9").value(); }

ErrorId Posix(int err) { return ErrorId{ErrorDomain::kPosix, 0, err}; }

class RacingWorld : public DialerWorld {
 public:
  LoopHarness& harness() override { return *bench_.harness; }
  Dialer& dialer() override { return *bench_.dialer; }
  void DestroyDialer() override { bench_.dialer.reset(); }
  DialTarget Reachable() override { return To({listener_.endpoint()}); }
  DialTarget Refusing() override { return To({closed_.endpoint()}); }
  DialTarget Silent() override { return To({silent_.endpoint()}); }

 private:
  LoopbackListener listener_;
  ClosedPort closed_;
  SilentListener silent_;
  Bench bench_;
};

INSTANTIATE_TEST_SUITE_P(Racing, DialerConformance, testing::Values(MakeDialerWorld([] {
                           return std::make_unique<RacingWorld>();
                         })));

TEST(RacingDialer, ConnectsToAnAddressWithoutALookup) {
  Bench bench;
  LoopbackListener listener;
  DialOutcome outcome = bench.Dial(To({listener.endpoint()}));
  ASSERT_TRUE(outcome.socket.ok()) << outcome.socket.error().ToString();
  EXPECT_EQ(outcome.remote, listener.endpoint());
  EXPECT_TRUE(outcome.local->address.IsLoopback());
  EXPECT_FALSE(outcome.resolution.has_value());
  EXPECT_TRUE(bench.resolver.asked().empty());

  // It is the same connection on both sides.
  UniqueFd accepted = listener.Accept();
  ASSERT_EQ(::send(outcome.socket->get(), "x", 1, 0), 1);
  char byte = 0;
  EXPECT_EQ(::recv(accepted.get(), &byte, 1, 0), 1);
}

TEST(RacingDialer, BeginsToConnectInsideDial) {
  Bench bench;
  SilentListener silent;
  bench.harness->Run([&] {
    const size_t before = OpenDescriptors();
    const auto id = bench.dialer->Dial(To({silent.endpoint()}), {}, [](const auto&) { FAIL(); });
    EXPECT_EQ(OpenDescriptors(), before + 1);
    EXPECT_EQ(bench.loop.timers(), 1);
    EXPECT_EQ(bench.loop.watches(), 1);
    bench.dialer->Cancel(id);
    EXPECT_EQ(OpenDescriptors(), before);
    EXPECT_EQ(bench.loop.timers(), 0);
    EXPECT_EQ(bench.loop.watches(), 0);
  });
}

TEST(RacingDialer, ConnectsToANameAndKeepsWhatItResolvedTo) {
  Bench bench;
  LoopbackListener listener;
  bench.resolver.SetAddresses("host.test", {"127.0.0.1"});
  DialOutcome outcome = bench.Dial(ToName("host.test", listener.endpoint().port));
  ASSERT_TRUE(outcome.socket.ok()) << outcome.socket.error().ToString();
  EXPECT_EQ(outcome.remote, listener.endpoint());
  ASSERT_TRUE(outcome.resolution.has_value());
  EXPECT_EQ(outcome.resolution->addresses, std::vector{listener.endpoint().address});
  EXPECT_EQ(bench.resolver.asked(), std::vector<std::string>{"host.test"});
}

TEST(RacingDialer, TriesTheNextAddressAfterAFailure) {
  Bench bench;
  LoopbackListener listener;
  ClosedPort closed;
  DialOutcome outcome = bench.Dial(To({closed.endpoint(), Broadcast(), listener.endpoint()}));
  ASSERT_TRUE(outcome.socket.ok()) << outcome.socket.error().ToString();
  ASSERT_EQ(outcome.attempts.size(), 3u);
  EXPECT_EQ(outcome.attempts[0].error->id(), Posix(ECONNREFUSED));
  EXPECT_EQ(outcome.attempts[0].error->address(), closed.endpoint().ToString());
  EXPECT_EQ(outcome.attempts[1].error->id(), Posix(ENETUNREACH));
  EXPECT_FALSE(outcome.attempts[2].error.has_value());
  EXPECT_EQ(outcome.attempts[2].endpoint, listener.endpoint());
}

TEST(RacingDialer, TriesTheAddressesOfANameInTheirOrder) {
  Bench bench;
  LoopbackListener listener;  // On 127.0.0.1 only.
  bench.resolver.SetAddresses("host.test", {"127.0.0.2", "127.0.0.1", "127.0.0.3"});
  DialOutcome outcome = bench.Dial(ToName("host.test", listener.endpoint().port));
  ASSERT_TRUE(outcome.socket.ok()) << outcome.socket.error().ToString();
  EXPECT_EQ(outcome.attempts.size(), 2u);
  EXPECT_EQ(outcome.remote, listener.endpoint());
}

TEST(RacingDialer, ReportsTheLastErrorAndListsAllAttempts) {
  Bench bench;
  ClosedPort closed;
  for (const auto& [endpoints, last] : std::vector<std::pair<std::vector<Endpoint>, int>>{
           {{Broadcast(), closed.endpoint()}, ECONNREFUSED},
           {{closed.endpoint(), Broadcast()}, ENETUNREACH}}) {
    DialOutcome outcome = bench.Dial(To(endpoints));
    ASSERT_FALSE(outcome.socket.ok());
    EXPECT_EQ(outcome.socket.error().id(), Posix(last));
    EXPECT_EQ(outcome.socket.error().address(), endpoints.back().ToString());
    ASSERT_EQ(outcome.attempts.size(), 2u);
    EXPECT_EQ(outcome.attempts[1].error->id(), outcome.socket.error().id());
    EXPECT_NE(outcome.socket.error().detail().find("tried 2 addresses: "), absl::string_view::npos)
        << outcome.socket.error().detail();
    for (const Endpoint& endpoint : endpoints) {
      EXPECT_NE(outcome.socket.error().detail().find(endpoint.ToString()), absl::string_view::npos);
    }
    EXPECT_NE(outcome.attempts[0].error->id(), outcome.attempts[1].error->id());
  }
}

// The first address drops packets: the second one has its turn after the delay, and wins.
TEST(RacingDialer, AnAddressThatIsSilentCostsOneDelay) {
  Bench bench;
  SilentListener silent;
  LoopbackListener listener;
  const size_t before = OpenDescriptors();
  DialOptions options;
  options.attempt_delay = absl::Milliseconds(30);
  DialOutcome outcome = bench.Dial(To({silent.endpoint(), listener.endpoint()}), options);
  ASSERT_TRUE(outcome.socket.ok()) << outcome.socket.error().ToString();
  EXPECT_EQ(outcome.remote, listener.endpoint());
  ASSERT_EQ(outcome.attempts.size(), 2u);
  EXPECT_EQ(outcome.attempts[0].error->id(), Posix(ECANCELED));
  EXPECT_GE(outcome.attempts[0].took, absl::Milliseconds(30));
  EXPECT_FALSE(outcome.attempts[1].error.has_value());
  EXPECT_EQ(OpenDescriptors(), before + 1) << "the loser is closed";
}

TEST(RacingDialer, OneAfterTheOtherIfToldSo) {
  Bench bench;
  SilentListener silent;
  LoopbackListener listener;
  DialOptions options;
  options.order = ConnectOrder::kSequential;
  options.attempt_delay = absl::Milliseconds(1);
  options.connect_timeout = absl::Milliseconds(80);
  DialOutcome outcome = bench.Dial(To({silent.endpoint(), listener.endpoint()}), options);
  ASSERT_FALSE(outcome.socket.ok());
  EXPECT_EQ(outcome.socket.error().id(), Posix(ETIMEDOUT));
  EXPECT_EQ(outcome.attempts.size(), 1u);
}

TEST(RacingDialer, AllUnderWayAtTheDeadlineAreListed) {
  Bench bench;
  SilentListener one, two, three;
  DialOptions options;
  options.attempt_delay = absl::Milliseconds(10);
  options.connect_timeout = absl::Milliseconds(100);
  DialOutcome outcome = bench.Dial(To({one.endpoint(), two.endpoint(), three.endpoint()}), options);
  ASSERT_FALSE(outcome.socket.ok());
  EXPECT_EQ(outcome.socket.error().id(), Posix(ETIMEDOUT));
  EXPECT_EQ(outcome.socket.error().address(), three.endpoint().ToString());
  ASSERT_EQ(outcome.attempts.size(), 3u);
  for (const Attempt& attempt : outcome.attempts) EXPECT_EQ(attempt.error->id(), Posix(ETIMEDOUT));
  EXPECT_GT(outcome.attempts[0].took, outcome.attempts[2].took);
}

ServiceName Printer() { return ServiceName::Make("Printer", "_ipp._tcp", "").value(); }

ServiceHost HostAt(absl::string_view name, uint16_t port, std::vector<IpAddress> addresses = {}) {
  return ServiceHost{HostName::Parse(name).value(), Port::Make(port).value(), std::move(addresses)};
}

TEST(RacingDialer, AServicesHostsAreTriedInTheirOrder) {
  Bench bench;
  LoopbackListener listener;
  ClosedPort closed;
  bench.resolver.SetAddresses("two.test", {"127.0.0.1"});
  bench.services.Set(
      "Printer._ipp._tcp.local",
      ResolvedService{{HostAt("gone.test", 80),
                       HostAt("one.local", closed.endpoint().port, {IpAddress::V4({127, 0, 0, 1})}),
                       HostAt("two.test", listener.endpoint().port), HostAt("three.test", 80)},
                      {"rp=queue"}});
  DialOutcome outcome = bench.Dial(DialTarget::ToService(Printer()));
  ASSERT_TRUE(outcome.socket.ok()) << outcome.socket.error().ToString();
  EXPECT_EQ(outcome.remote, listener.endpoint());
  EXPECT_EQ(outcome.attempts.size(), 2u);
  ASSERT_TRUE(outcome.service.has_value());
  EXPECT_EQ(outcome.service_host, 2u);
  EXPECT_EQ(outcome.service->txt, std::vector<std::string>{"rp=queue"});
  EXPECT_EQ(bench.resolver.asked(), (std::vector<std::string>{"gone.test", "two.test"}));
  EXPECT_EQ(bench.policy.targets[0], "Printer._ipp._tcp.local");
  EXPECT_EQ(bench.policy.targets[1], "gone.test:80") << "each host is judged as a target";
}

TEST(RacingDialer, AServiceFailsWithItsOwnErrorOrItsHosts) {
  Bench bench;
  EXPECT_EQ(bench.Dial(DialTarget::ToService(Printer())).socket.error().id(),
            (ErrorId{ErrorDomain::kNetServices, 0, -72002}));
  ClosedPort closed;
  const ServiceHost refusing =
      HostAt("one.local", closed.endpoint().port, {IpAddress::V4({127, 0, 0, 1})});
  bench.services.Set("Printer._ipp._tcp.local", ResolvedService{{refusing}, {}});
  EXPECT_EQ(bench.Dial(DialTarget::ToService(Printer())).socket.error().id(), Posix(ECONNREFUSED));
  bench.services.Set("Printer._ipp._tcp.local",
                     ResolvedService{{refusing, HostAt("gone.test", 80)}, {}});
  DialOutcome outcome = bench.Dial(DialTarget::ToService(Printer()));
  EXPECT_EQ(outcome.socket.error().id(), (ErrorId{ErrorDomain::kNetDb, 0, EAI_NONAME}));
  EXPECT_NE(outcome.socket.error().detail().find("tried 1 address: 127.0.0.1:"),
            absl::string_view::npos)
      << outcome.socket.error().detail();
}

TEST(RacingDialer, ConnectsFromTheAddressAndPortThatTheOptionsSay) {
  Bench bench;
  LoopbackListener listener;
  DialOptions options;
  options.source.address = IpAddress::Parse("127.0.0.5").value();
  DialOutcome outcome = bench.Dial(To({listener.endpoint()}), options);
  ASSERT_TRUE(outcome.socket.ok()) << outcome.socket.error().ToString();
  EXPECT_EQ(outcome.local->address, *options.source.address);

  // The port is one that was free a moment ago.
  options.source.port = outcome.local->port;
  outcome.socket = UniqueFd();
  options.source.address = IpAddress::Parse("127.0.0.6").value();
  DialOutcome again = bench.Dial(To({listener.endpoint()}), options);
  ASSERT_TRUE(again.socket.ok()) << again.socket.error().ToString();
  EXPECT_EQ(again.local, (Endpoint{*options.source.address, options.source.port}));

  options.source = {};
  options.source.address = IpAddress::Parse("192.0.2.1").value();
  EXPECT_EQ(bench.Dial(To({listener.endpoint()}), options).socket.error().id(),
            Posix(EADDRNOTAVAIL));
  options.source.address = IpAddress::Parse("::1").value();
  EXPECT_EQ(bench.Dial(To({listener.endpoint()}), options).socket.error().id(),
            Posix(EAFNOSUPPORT));
}

TEST(RacingDialer, ConnectsThroughTheInterfaceThatTheOptionsSay) {
  Bench bench;
  LoopbackListener listener;
  DialOptions options;
  options.source.interface = "lo";
  DialOutcome outcome = bench.Dial(To({listener.endpoint()}), options);
  ASSERT_TRUE(outcome.socket.ok()) << outcome.socket.error().ToString();
  options.source.interface = "no-such-if";
  EXPECT_EQ(bench.Dial(To({listener.endpoint()}), options).socket.error().id(), Posix(ENODEV));
}

TEST(RacingDialer, AsksOnlyForTheFamilyOfTheSourceAddress) {
  Bench bench;
  bench.resolver.SetAddresses("v6.test", {"::1"});
  DialOptions options;
  options.source.address = IpAddress::Parse("127.0.0.1").value();
  EXPECT_EQ(bench.Dial(ToName("v6.test", 80), options).socket.error().id(),
            (ErrorId{ErrorDomain::kNetDb, 0, EAI_NODATA}));
}

TEST(RacingDialer, EndsAtTheDeadlineWhileConnecting) {
  Bench bench;
  SilentListener silent;
  ClosedPort closed;
  const size_t before = OpenDescriptors();
  DialOptions options;
  options.connect_timeout = absl::Milliseconds(50);
  DialOutcome outcome = bench.Dial(To({closed.endpoint(), silent.endpoint()}), options);
  ASSERT_FALSE(outcome.socket.ok());
  EXPECT_EQ(outcome.socket.error().id(), Posix(ETIMEDOUT));
  EXPECT_EQ(outcome.socket.error().stage(), Stage::kConnect);
  EXPECT_EQ(outcome.socket.error().reason(), Reason::kConnectionTimeout);
  EXPECT_EQ(outcome.socket.error().address(), silent.endpoint().ToString());
  EXPECT_NE(outcome.socket.error().detail().find("50ms"), absl::string_view::npos);
  ASSERT_EQ(outcome.attempts.size(), 2u);
  EXPECT_GE(outcome.attempts[1].took, absl::Milliseconds(40));
  EXPECT_EQ(OpenDescriptors(), before);
}

TEST(RacingDialer, EndsAtTheDeadlineWhileResolving) {
  Bench bench;
  bench.resolver.SetSilent("silent.test");
  DialOptions options;
  options.connect_timeout = absl::Milliseconds(50);
  DialOutcome outcome = bench.Dial(ToName("silent.test", 80), options);
  ASSERT_FALSE(outcome.socket.ok());
  EXPECT_EQ(outcome.socket.error().id(), (ErrorId{ErrorDomain::kNetDb, 0, EAI_AGAIN}));
  EXPECT_EQ(outcome.socket.error().stage(), Stage::kResolve);
  EXPECT_EQ(outcome.socket.error().reason(), Reason::kDnsTimeout);
  EXPECT_TRUE(outcome.attempts.empty());
  EXPECT_GE(outcome.lookup_took, absl::Milliseconds(40));
  EXPECT_EQ(bench.resolver.pending(), 0u);
}

TEST(RacingDialer, HasNoTimeAtAllWithATimeoutOfZero) {
  Bench bench;
  LoopbackListener listener;
  DialOptions options;
  options.connect_timeout = absl::ZeroDuration();
  DialOutcome outcome = bench.Dial(To({listener.endpoint()}), options);
  ASSERT_FALSE(outcome.socket.ok());
  EXPECT_EQ(outcome.socket.error().id(), Posix(ETIMEDOUT));
  EXPECT_TRUE(outcome.attempts.empty());
}

TEST(RacingDialer, PassesOnWhyTheLookupFailed) {
  Bench bench;
  bench.resolver.SetError("broken.test", ResolverFailed("broken"));
  DialOutcome outcome = bench.Dial(ToName("broken.test", 80));
  ASSERT_FALSE(outcome.socket.ok());
  EXPECT_EQ(outcome.socket.error(), ResolverFailed("broken"));
  EXPECT_FALSE(outcome.resolution.has_value());
}

TEST(RacingDialer, FailsOnATargetWithNeitherNameNorAddress) {
  Bench bench;
  DialOutcome outcome = bench.Dial(DialTarget());
  ASSERT_FALSE(outcome.socket.ok());
  EXPECT_EQ(outcome.socket.error().id(), (ErrorId{ErrorDomain::kNetDb, 0, EAI_NODATA}));
}

TEST(RacingDialer, AsksForTheFamiliesThatTheOptionsSay) {
  Bench bench;
  bench.resolver.SetAddresses("v6.test", {"::1"});
  DialOptions options;
  options.families = AddressFamilies::kIpv4Only;
  DialOutcome outcome = bench.Dial(ToName("v6.test", 80), options);
  ASSERT_FALSE(outcome.socket.ok());
  EXPECT_EQ(outcome.socket.error().id(), (ErrorId{ErrorDomain::kNetDb, 0, EAI_NODATA}));
}

TEST(RacingDialer, LooksNothingUpForARefusedTarget) {
  Bench bench;
  bench.policy.refuse_target = true;
  DialOutcome outcome = bench.Dial(ToName("host.test", 80));
  ASSERT_FALSE(outcome.socket.ok());
  EXPECT_EQ(outcome.socket.error(), PolicyDenied("target"));
  EXPECT_TRUE(bench.resolver.asked().empty());
  EXPECT_EQ(bench.policy.targets, std::vector<std::string>{"host.test:80"});
}

TEST(RacingDialer, ConnectsOnlyToWhatWasJudged) {
  Bench bench;
  LoopbackListener listener;
  const uint16_t port = listener.endpoint().port;
  const Endpoint other{IpAddress::Parse("127.0.0.2").value(), port};
  bench.resolver.SetAddresses("host.test", {"127.0.0.2", "127.0.0.1"});
  bench.policy.refuse = {other};
  DialOutcome outcome = bench.Dial(ToName("host.test", port));
  ASSERT_TRUE(outcome.socket.ok()) << outcome.socket.error().ToString();
  EXPECT_EQ(bench.policy.judged, (std::vector<Endpoint>{other, listener.endpoint()}));
  ASSERT_EQ(outcome.attempts.size(), 2u);
  EXPECT_EQ(outcome.attempts[0].error->stage(), Stage::kPolicy);
  EXPECT_EQ(outcome.attempts[0].error->address(), other.ToString());

  // A numeric target is judged no less.
  bench.policy.refuse = {listener.endpoint()};
  DialOutcome refused = bench.Dial(To({listener.endpoint()}));
  ASSERT_FALSE(refused.socket.ok());
  EXPECT_EQ(refused.socket.error().stage(), Stage::kPolicy);
}

TEST(RacingDialer, CancelsALookup) {
  Bench bench;
  bench.resolver.SetSilent("silent.test");
  bench.harness->Run([&] {
    const auto id = bench.dialer->Dial(ToName("silent.test", 80), {}, [](const auto&) { FAIL(); });
    EXPECT_EQ(bench.resolver.pending(), 1u);
    bench.dialer->Cancel(id);
    EXPECT_EQ(bench.resolver.pending(), 0u);
    EXPECT_EQ(bench.loop.timers(), 0);
  });
}

TEST(RacingDialer, SetsTheSocketUpAsTheOptionsSay) {
  Bench bench;
  LoopbackListener listener;
  DialOptions options;
  options.no_delay = false;
  options.keepalive = {true, absl::Seconds(7), absl::Seconds(3), 2};
  options.user_timeout = absl::Seconds(9);
  options.receive_buffer = 65536;
  options.send_buffer = 32768;
  DialOutcome outcome = bench.Dial(To({listener.endpoint()}), options);
  ASSERT_TRUE(outcome.socket.ok()) << outcome.socket.error().ToString();
  auto option = [&](int level, int name) {
    int value = -1;
    socklen_t size = sizeof(value);
    EXPECT_EQ(::getsockopt(outcome.socket->get(), level, name, &value, &size), 0);
    return value;
  };
  EXPECT_EQ(option(IPPROTO_TCP, TCP_NODELAY), 0);
  EXPECT_EQ(option(SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPIDLE), 7);
  EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPINTVL), 3);
  EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPCNT), 2);
  EXPECT_EQ(option(IPPROTO_TCP, TCP_USER_TIMEOUT), 9000);
  EXPECT_EQ(option(SOL_SOCKET, SO_RCVBUF), 2 * 65536);
  EXPECT_EQ(option(SOL_SOCKET, SO_SNDBUF), 2 * 32768);

  DialOutcome by_default = bench.Dial(To({listener.endpoint()}));
  int no_delay = 0;
  socklen_t size = sizeof(no_delay);
  ::getsockopt(by_default.socket->get(), IPPROTO_TCP, TCP_NODELAY, &no_delay, &size);
  EXPECT_EQ(no_delay, 1);
}

// The option is refused by the kernel: the attempt fails, nothing stays open.
TEST(RacingDialer, AnOptionThatTheSystemRefusesFailsTheAttempt) {
  Bench bench;
  LoopbackListener listener;
  const size_t before = OpenDescriptors();
  DialOptions options;
  options.keepalive = {true, absl::Seconds(1), absl::Seconds(1), 1000};
  DialOutcome outcome = bench.Dial(To({listener.endpoint()}), options);
  ASSERT_FALSE(outcome.socket.ok());
  EXPECT_EQ(outcome.socket.error().id(), Posix(EINVAL));
  EXPECT_EQ(OpenDescriptors(), before);
}

TEST(RacingDialer, LeaksNothingOverManyDialsHalfOfThemCancelled) {
  Bench bench;
  LoopbackListener listener;
  SilentListener silent;
  bench.resolver.SetAddresses("host.test", {"127.0.0.2", "127.0.0.1"}, absl::Milliseconds(1));
  const size_t before = OpenDescriptors();
  constexpr int kDials = 200;
  auto witness = std::make_shared<int>(0);
  int ended = 0;
  bench.harness->Run([&] {
    const std::vector<DialTarget> targets = {To({listener.endpoint()}),
                                             ToName("host.test", listener.endpoint().port),
                                             To({silent.endpoint()}), ToName("missing.test", 80)};
    DialOptions options;
    options.connect_timeout = absl::Milliseconds(200);
    for (int i = 0; i < kDials; ++i) {
      const Dialer::DialId id =
          bench.dialer->Dial(targets[static_cast<size_t>(i / 2) % targets.size()], options,
                             [&ended, i, witness](const DialOutcome&) {
                               EXPECT_EQ(i % 2, 0) << "called although cancelled";
                               ++ended;
                             });
      // Now, or in a later phase of the dial.
      if (i % 4 == 1) bench.dialer->Cancel(id);
      if (i % 4 == 3) {
        bench.harness->loop().AddTimer(bench.harness->loop().Now(),
                                       [&, id] { bench.dialer->Cancel(id); });
      }
    }
  });
  EXPECT_TRUE(bench.harness->RunUntil([&] { return ended == kDials / 2; }));
  EXPECT_EQ(witness.use_count(), 1);
  EXPECT_EQ(OpenDescriptors(), before);
}

TEST(RacingDialer, JudgesByTheDialsOwnPolicy) {
  Bench bench;
  LoopbackListener listener;
  auto own = std::make_shared<TestPolicy>();
  own->refuse = {listener.endpoint()};
  DialOptions options;
  options.policy = own;
  const DialTarget target = DialTarget::ToEndpoints({listener.endpoint()});
  const DialOutcome refused = bench.Dial(target, options);
  ASSERT_FALSE(refused.socket.ok());
  EXPECT_EQ(refused.socket.error().id(), PolicyDenied("").id());
  EXPECT_EQ(own->judged, std::vector<Endpoint>{listener.endpoint()});
  EXPECT_TRUE(bench.policy.judged.empty());
  options.policy = std::make_shared<ClosedDialPolicy>();
  EXPECT_FALSE(bench.Dial(target, options).socket.ok());
  EXPECT_TRUE(bench.Dial(target).socket.ok());
}

}  // namespace
}  // namespace streampair
