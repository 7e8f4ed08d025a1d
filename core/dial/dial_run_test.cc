// The phases of one dial, in virtual time: what ends it, when exactly, and what it lets go of. The
// sockets are real, the events are the test's.

#include <netdb.h>
#include <sys/epoll.h>

#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/dial/racing_dialer.h"
#include "core/testing/fake_loop.h"
#include "core/testing/fake_resolver.h"
#include "core/testing/fake_service_resolver.h"
#include "core/testing/loopback_listener.h"
#include "core/testing/open_descriptors.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

class DialRunTest : public testing::Test {
 protected:
  DialRunTest() {
    resolver_.SetSilent("silent.test");
    resolver_.SetAddresses("slow.test", {"127.0.0.1"}, absl::Seconds(20));
  }
  ~DialRunTest() override {
    EXPECT_EQ(loop_.timers(), 0u);
    EXPECT_EQ(loop_.watches(), 0u);
    EXPECT_EQ(resolver_.pending(), 0u);
  }

  Dialer::DialId Dial(DialTarget target, const DialOptions& options = {}) {
    return dialer_.Dial(std::move(target), options,
                        [this](DialOutcome outcome) { outcome_ = std::move(outcome); });
  }

  static DialTarget ToName(absl::string_view name, uint16_t port) {
    return DialTarget::ToHost(ParseHost(name).value(), Port::Make(port).value());
  }

  // Tells whoever watches a socket that something happened on it.
  bool Deliver(uint32_t events) {
    for (int fd = 0; fd < 256; ++fd) {
      if (loop_.Deliver(fd, events)) return true;
    }
    return false;
  }

  FakeLoop loop_;
  FakeResolver resolver_{loop_};
  FakeServiceResolver services_{loop_};
  OpenDialPolicy policy_;
  RacingDialer dialer_{loop_, resolver_, services_, policy_};
  std::optional<DialOutcome> outcome_;
};

TEST_F(DialRunTest, ResolvingEndsAtTheDeadlineAndNotBefore) {
  Dial(ToName("silent.test", 80));
  loop_.Advance(absl::Seconds(30) - absl::Nanoseconds(1));
  EXPECT_FALSE(outcome_.has_value());
  loop_.Advance(absl::Nanoseconds(1));
  ASSERT_TRUE(outcome_.has_value());
  EXPECT_EQ(outcome_->socket.error().id(), (ErrorId{ErrorDomain::kNetDb, 0, EAI_AGAIN}));
  EXPECT_EQ(outcome_->lookup_took, absl::Seconds(30));
}

TEST_F(DialRunTest, ConnectingEndsAtTheDeadlineAndNotBefore) {
  SilentListener silent;
  const size_t before = OpenDescriptors();
  Dial(DialTarget::ToEndpoints({silent.endpoint()}));
  loop_.Advance(absl::Seconds(30) - absl::Nanoseconds(1));
  EXPECT_FALSE(outcome_.has_value());
  loop_.Advance(absl::Nanoseconds(1));
  ASSERT_TRUE(outcome_.has_value());
  EXPECT_EQ(outcome_->socket.error().id(), (ErrorId{ErrorDomain::kPosix, 0, ETIMEDOUT}));
  EXPECT_EQ(outcome_->attempts.at(0).took, absl::Seconds(30));
  EXPECT_EQ(OpenDescriptors(), before);
}

TEST_F(DialRunTest, TheLookupsTimeCountsAgainstTheDeadline) {
  SilentListener silent;
  Dial(ToName("slow.test", silent.endpoint().port));
  loop_.Advance(absl::Seconds(30));
  ASSERT_TRUE(outcome_.has_value());
  EXPECT_EQ(outcome_->socket.error().stage(), Stage::kConnect);
  EXPECT_EQ(outcome_->lookup_took, absl::Seconds(20));
  EXPECT_EQ(outcome_->attempts.at(0).took, absl::Seconds(10));
}

TEST_F(DialRunTest, WithAnInfiniteTimeoutThereIsNoDeadline) {
  SilentListener silent;
  DialOptions options;
  options.connect_timeout = absl::InfiniteDuration();
  const auto id = Dial(DialTarget::ToEndpoints({silent.endpoint()}), options);
  loop_.Advance(absl::Hours(1000));
  EXPECT_FALSE(outcome_.has_value());
  dialer_.Cancel(id);
}

TEST_F(DialRunTest, ASpuriousEventChangesNothing) {
  SilentListener silent;
  const auto id = Dial(DialTarget::ToEndpoints({silent.endpoint()}));
  ASSERT_TRUE(Deliver(EPOLLOUT));
  loop_.RunUntilIdle();
  EXPECT_FALSE(outcome_.has_value());
  EXPECT_EQ(loop_.watches(), 1u);
  dialer_.Cancel(id);
}

TEST_F(DialRunTest, CancelBetweenTheLookupAndTheConnectionClosesTheSocket) {
  SilentListener silent;
  const size_t before = OpenDescriptors();
  const auto id = Dial(ToName("slow.test", silent.endpoint().port));
  EXPECT_EQ(OpenDescriptors(), before);
  loop_.Advance(absl::Seconds(20));
  EXPECT_EQ(OpenDescriptors(), before + 1);
  dialer_.Cancel(id);
  EXPECT_EQ(OpenDescriptors(), before);
}

TEST_F(DialRunTest, CancelOfASettledDialClosesTheConnectedSocket) {
  LoopbackListener listener;
  const size_t before = OpenDescriptors();
  const auto id = Dial(DialTarget::ToEndpoints({listener.endpoint()}));
  ASSERT_TRUE(Deliver(EPOLLOUT));  // Connected; to be delivered in the next turn.
  EXPECT_EQ(loop_.watches(), 0u);
  EXPECT_EQ(OpenDescriptors(), before + 1);
  dialer_.Cancel(id);
  EXPECT_EQ(OpenDescriptors(), before);
  loop_.RunUntilIdle();
  EXPECT_FALSE(outcome_.has_value());
}

// The deadline is not left behind to end a dial that has ended.
TEST_F(DialRunTest, AConnectionMadeInTimeOutlivesTheDeadline) {
  LoopbackListener listener;
  Dial(DialTarget::ToEndpoints({listener.endpoint()}));
  loop_.Advance(absl::Seconds(29));
  ASSERT_TRUE(Deliver(EPOLLOUT));
  loop_.Advance(absl::Seconds(5));
  ASSERT_TRUE(outcome_.has_value());
  EXPECT_TRUE(outcome_->socket.ok());
  EXPECT_EQ(outcome_->attempts.at(0).took, absl::Seconds(29));
}

TEST_F(DialRunTest, LookupsHaveALimitOfTheirOwn) {
  DialOptions options;
  options.resolve_timeout = absl::Seconds(3);
  Dial(ToName("silent.test", 80), options);
  loop_.Advance(absl::Seconds(3));
  ASSERT_TRUE(outcome_.has_value());
  EXPECT_EQ(outcome_->socket.error().id(), (ErrorId{ErrorDomain::kNetDb, 0, EAI_AGAIN}));
  EXPECT_EQ(outcome_->lookup_took, absl::Seconds(3));

  services_.SetSilent("x._http._tcp.local");
  const DialTarget service =
      DialTarget::ToService(ServiceName::Make("x", "_http._tcp", "").value());
  outcome_.reset();
  Dial(service, options);
  loop_.Advance(absl::Seconds(3));
  ASSERT_TRUE(outcome_.has_value());
  EXPECT_EQ(outcome_->socket.error().id(), (ErrorId{ErrorDomain::kNetServices, 0, -72007}));
  EXPECT_EQ(services_.pending(), 0u);

  // The connect timeout ends them as well, and so does a cancel.
  outcome_.reset();
  Dial(service);
  loop_.Advance(absl::Seconds(30));
  ASSERT_TRUE(outcome_.has_value());
  EXPECT_EQ(outcome_->socket.error().id(), (ErrorId{ErrorDomain::kNetServices, 0, -72007}));
  dialer_.Cancel(Dial(service));
  EXPECT_EQ(services_.pending(), 0u);
}

// Once the name is resolved, its limit is no limit of the connecting.
TEST_F(DialRunTest, TheLimitOfLookupsIsNotThatOfConnecting) {
  SilentListener silent;
  resolver_.SetAddresses("quick.test", {"127.0.0.1"});
  DialOptions options;
  options.resolve_timeout = absl::Seconds(3);
  const auto id = Dial(ToName("quick.test", silent.endpoint().port), options);
  loop_.Advance(absl::Seconds(10));
  EXPECT_FALSE(outcome_.has_value());
  EXPECT_EQ(loop_.timers(), 1u);
  dialer_.Cancel(id);
}

// The race, in virtual time.

TEST_F(DialRunTest, TheNextAttemptBeginsAfterTheDelayAndNotBefore) {
  SilentListener one, two, three;
  const size_t before = OpenDescriptors();
  const auto id = Dial(DialTarget::ToEndpoints({one.endpoint(), two.endpoint(), three.endpoint()}));
  loop_.Advance(absl::Milliseconds(250) - absl::Nanoseconds(1));
  EXPECT_EQ(OpenDescriptors(), before + 1);
  loop_.Advance(absl::Nanoseconds(1));
  EXPECT_EQ(OpenDescriptors(), before + 2);
  loop_.Advance(absl::Milliseconds(250));
  EXPECT_EQ(OpenDescriptors(), before + 3);
  EXPECT_EQ(loop_.timers(), 1u) << "nothing is left to wait for but the deadline";
  dialer_.Cancel(id);
  EXPECT_EQ(OpenDescriptors(), before);
}

TEST_F(DialRunTest, OneAddressNeedsNoTimerOfItsOwn) {
  SilentListener silent;
  const auto id = Dial(DialTarget::ToEndpoints({silent.endpoint()}));
  EXPECT_EQ(loop_.timers(), 1u);
  dialer_.Cancel(id);
}

TEST_F(DialRunTest, TheOldestAttemptIsGivenUpWhenTooManyAreUnderWay) {
  std::vector<SilentListener> silent(12);
  std::vector<Endpoint> endpoints;
  for (const auto& each : silent) endpoints.push_back(each.endpoint());
  const size_t before = OpenDescriptors();
  Dial(DialTarget::ToEndpoints(endpoints));
  loop_.Advance(absl::Milliseconds(250) * 11);
  EXPECT_EQ(OpenDescriptors(), before + 10);
  loop_.Advance(absl::Seconds(30));
  ASSERT_TRUE(outcome_.has_value());
  ASSERT_EQ(outcome_->attempts.size(), 12u);
  EXPECT_EQ(outcome_->attempts[0].took, absl::Milliseconds(2500));
  EXPECT_EQ(outcome_->attempts[1].took, absl::Milliseconds(2500));
  EXPECT_EQ(outcome_->attempts[2].took, absl::Seconds(30) - absl::Milliseconds(500));
  for (const Attempt& attempt : outcome_->attempts) {
    EXPECT_EQ(attempt.error->id(), (ErrorId{ErrorDomain::kPosix, 0, ETIMEDOUT}));
  }
  EXPECT_EQ(OpenDescriptors(), before);
}

// IPv6 answered first: no reason to wait.
TEST_F(DialRunTest, AnEarlyIpv6AnswerIsTriedAtOnce) {
  LoopbackListener listener;
  resolver_.SetStaggered("six.test", {"::1"}, {"::1", "127.0.0.1"}, absl::Seconds(2));
  Dial(ToName("six.test", listener.endpoint().port));
  loop_.RunUntilIdle();
  Deliver(EPOLLOUT);  // Refused: the listener is on IPv4 only. The other family is still unknown.
  loop_.RunUntilIdle();
  EXPECT_FALSE(outcome_.has_value());
  loop_.Advance(absl::Seconds(2));
  Deliver(EPOLLOUT);
  loop_.RunUntilIdle();
  ASSERT_TRUE(outcome_.has_value());
  ASSERT_TRUE(outcome_->socket.ok()) << outcome_->socket.error().ToString();
  ASSERT_EQ(outcome_->attempts.size(), 2u);
  EXPECT_EQ(outcome_->attempts[0].endpoint.address.ToString(), "::1");
  EXPECT_EQ(outcome_->resolution->addresses.size(), 2u);
}

// IPv4 answered first: it waits 50 ms for IPv6 (RFC 8305 section 3), not as long as a slow answer.
TEST_F(DialRunTest, AnEarlyIpv4AnswerWaitsAMoment) {
  LoopbackListener listener;
  resolver_.SetStaggered("four.test", {"127.0.0.1"}, {"::1", "127.0.0.1"}, absl::Seconds(2));
  const size_t before = OpenDescriptors();
  Dial(ToName("four.test", listener.endpoint().port));
  loop_.Advance(absl::Milliseconds(50) - absl::Nanoseconds(1));
  EXPECT_EQ(OpenDescriptors(), before);
  loop_.Advance(absl::Nanoseconds(1));
  EXPECT_EQ(OpenDescriptors(), before + 1);
  Deliver(EPOLLOUT);
  loop_.RunUntilIdle();
  ASSERT_TRUE(outcome_.has_value());
  EXPECT_TRUE(outcome_->socket.ok());
  EXPECT_EQ(outcome_->resolution->addresses.size(), 1u);
  EXPECT_EQ(resolver_.pending(), 0u);
}

TEST_F(DialRunTest, ASequentialDialWaitsForTheWholeAnswer) {
  LoopbackListener listener;
  resolver_.SetStaggered("four.test", {"127.0.0.1"}, {"127.0.0.1", "::1"}, absl::Seconds(2));
  DialOptions options;
  options.order = ConnectOrder::kSequential;
  const size_t before = OpenDescriptors();
  Dial(ToName("four.test", listener.endpoint().port), options);
  loop_.Advance(absl::Seconds(1));
  EXPECT_EQ(OpenDescriptors(), before);
  loop_.Advance(absl::Seconds(1));
  EXPECT_EQ(OpenDescriptors(), before + 1);
  Deliver(EPOLLOUT);
  loop_.RunUntilIdle();
  EXPECT_TRUE(outcome_.has_value() && outcome_->socket.ok());
}

}  // namespace
}  // namespace streampair
