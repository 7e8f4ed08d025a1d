#include "core/resolve/cares_channel.h"

#include <ares.h>

#include <memory>
#include <utility>
#include <vector>

#include "core/testing/counting_loop.h"
#include "core/testing/loop_harness.h"
#include "core/testing/scripted_dns_server.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

DnsReply Silence() { return {0, false, {}, true, {}}; }
DnsReply Code(int rcode) { return {rcode, false, {}, false, {}}; }

// A channel, the server that it asks, and the loop of both; the channel's share is counted.
class Bench {
 public:
  explicit Bench(ScriptedDnsServer::Script script, CaresChannel::Settings settings = {}) {
    harness_->Run([&] {
      server_ = std::make_unique<ScriptedDnsServer>(harness_->loop(), std::move(script));
      settings.servers = {server_->endpoint()};
      channel_ = CaresChannel::Make(loop_, settings).value();
    });
  }
  ~Bench() {
    harness_->Run([&] {
      channel_.reset();
      server_.reset();
    });
    EXPECT_EQ(loop_.timers(), 0);
    EXPECT_EQ(loop_.watches(), 0);
  }

  void Ask(IpAddress::Family family) {
    channel_->Ask("a.test", family,
                  [this](CaresAnswer answer) { answers.push_back(std::move(answer)); });
  }

  LoopHarness& harness() { return *harness_; }
  CountingLoop& loop() { return loop_; }
  CaresChannel& channel() { return *channel_; }

  std::vector<CaresAnswer> answers;

 private:
  std::unique_ptr<LoopHarness> harness_ = MakeEpollHarness();
  CountingLoop loop_{harness_->loop()};
  std::unique_ptr<ScriptedDnsServer> server_;
  std::unique_ptr<CaresChannel> channel_;
};

TEST(CaresChannel, AnswersOneFamilyAndThenHoldsNothing) {
  Bench bench(AnswerByName({{"a.test", {"192.0.2.1", "2001:db8::1"}}}));
  bench.harness().Run([&] {
    EXPECT_EQ(bench.loop().timers() + bench.loop().watches(), 0);
    bench.Ask(IpAddress::Family::kV4);
    EXPECT_EQ(bench.channel().open_questions(), 1u);
    EXPECT_EQ(bench.loop().timers(), 1);
    EXPECT_EQ(bench.loop().watches(), 1);
  });
  ASSERT_TRUE(bench.harness().RunUntil([&] { return !bench.answers.empty(); }));
  EXPECT_EQ(bench.answers[0].status, ARES_SUCCESS);
  EXPECT_EQ(bench.answers[0].addresses, std::vector{IpAddress::Parse("192.0.2.1").value()});
  EXPECT_EQ(bench.channel().open_questions(), 0u);
  EXPECT_EQ(bench.loop().timers(), 0);
  EXPECT_EQ(bench.loop().watches(), 0);
}

TEST(CaresChannel, HasOneTimerForManyQuestions) {
  Bench bench([](const DnsQuestion&) { return Silence(); });
  bench.harness().Run([&] {
    for (int i = 0; i < 100; ++i) bench.Ask(IpAddress::Family::kV6);
    EXPECT_EQ(bench.channel().open_questions(), 100u);
    EXPECT_EQ(bench.loop().timers(), 1);
    bench.channel().AbandonAll();
    EXPECT_EQ(bench.channel().open_questions(), 0u);
    EXPECT_EQ(bench.loop().timers(), 0);
    EXPECT_EQ(bench.loop().watches(), 0);
  });
  EXPECT_TRUE(bench.answers.empty());
}

TEST(CaresChannel, TakesARefusalOnlyIfToldTo) {
  for (const auto& [take, status] :
       std::vector<std::pair<bool, int>>{{true, ARES_ESERVFAIL}, {false, ARES_ECONNREFUSED}}) {
    Bench bench([](const DnsQuestion&) { return Code(kServFail); },
                {{}, absl::Seconds(5), 2, take});
    bench.harness().Run([&] { bench.Ask(IpAddress::Family::kV4); });
    ASSERT_TRUE(bench.harness().RunUntil([&] { return !bench.answers.empty(); }));
    EXPECT_EQ(bench.answers[0].status, status);
  }
}

TEST(CaresChannel, AsksAgainAfterATimeout) {
  int questions = 0;
  Bench bench([&](const DnsQuestion&) { return ++questions < 3 ? Silence() : Code(kNxDomain); },
              {{}, absl::Milliseconds(10), 5, false});
  bench.harness().Run([&] { bench.Ask(IpAddress::Family::kV4); });
  ASSERT_TRUE(bench.harness().RunUntil([&] { return !bench.answers.empty(); }));
  EXPECT_EQ(bench.answers[0].status, ARES_ENOTFOUND);
}

TEST(CaresChannel, DestroysQuestionsUncalledWithItself) {
  auto witness = std::make_shared<int>(0);
  {
    Bench bench([](const DnsQuestion&) { return Silence(); });
    bench.harness().Run([&] {
      bench.channel().Ask("a.test", IpAddress::Family::kV4,
                          [witness](const CaresAnswer&) { ADD_FAILURE(); });
    });
    EXPECT_EQ(witness.use_count(), 2);
  }
  EXPECT_EQ(witness.use_count(), 1);
}

TEST(CaresChannel, FindsTheServersOfTheSystemItself) {
  auto harness = MakeEpollHarness();
  auto channel = CaresChannel::Make(harness->loop(), {});
  ASSERT_TRUE(channel.ok());
  EXPECT_GE((*channel)->server_count(), 1u);
}

}  // namespace
}  // namespace streampair
