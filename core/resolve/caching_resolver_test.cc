#include "core/resolve/caching_resolver.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/error.h"
#include "core/base/netdb_errors.h"
#include "core/testing/fake_loop.h"
#include "core/testing/fake_loop_harness.h"
#include "core/testing/fake_resolver.h"
#include "core/testing/loop_harness.h"
#include "core/testing/resolver_conformance.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

class CachingWorld : public ResolverWorld {
 public:
  explicit CachingWorld(std::unique_ptr<LoopHarness> harness) : harness_(std::move(harness)) {
    auto fake = std::make_unique<FakeResolver>(harness_->loop());
    fake->SetAddresses("both.test", {"192.0.2.1", "2001:db8::1"});
    fake->SetAddresses("v4.test", {"192.0.2.4"});
    fake->SetAddresses("empty.test", {});
    fake->SetSilent("silent.test");
    resolver_ = std::make_unique<CachingResolver>(harness_->loop(), std::move(fake),
                                                  CachingResolver::Settings());
  }
  LoopHarness& harness() override { return *harness_; }
  Resolver& resolver() override { return *resolver_; }
  void DestroyResolver() override { resolver_.reset(); }

 private:
  const std::unique_ptr<LoopHarness> harness_;
  std::unique_ptr<CachingResolver> resolver_;
};

INSTANTIATE_TEST_SUITE_P(CachingOnEpoll, ResolverConformance, testing::Values(MakeResolverWorld([] {
                           return std::make_unique<CachingWorld>(MakeEpollHarness());
                         })));
INSTANTIATE_TEST_SUITE_P(CachingOnFakeLoop, ResolverConformance,
                         testing::Values(MakeResolverWorld([] {
                           return std::make_unique<CachingWorld>(MakeFakeHarness());
                         })));

class CachingResolverTest : public testing::Test {
 protected:
  void Make(const CachingResolver::Settings& settings = {}) {
    auto fake = std::make_unique<FakeResolver>(loop_);
    fake_ = fake.get();
    fake_->SetAddresses("a.test", {"192.0.2.1"}, absl::Milliseconds(10));
    fake_->SetSilent("silent.test");
    resolver_ = std::make_unique<CachingResolver>(loop_, std::move(fake), settings);
  }
  ~CachingResolverTest() override {
    resolver_.reset();
    EXPECT_EQ(loop_.timers(), 0u);
  }

  Resolver::LookupId Start(const std::string& name, const ResolveOptions& options = {}) {
    return resolver_->Start(HostName::Parse(name).value(), options,
                            [this](Result<Resolution> outcome) { done_.push_back(outcome); });
  }

  FakeLoop loop_;
  FakeResolver* fake_ = nullptr;
  std::unique_ptr<CachingResolver> resolver_;
  std::vector<Result<Resolution>> done_;
};

TEST_F(CachingResolverTest, LookupsOfOneNameAtATimeAreOne) {
  Make();
  for (int i = 0; i < 100; ++i) Start("a.test");
  Start("a.test", {AddressFamilies::kIpv6Only});
  EXPECT_EQ(fake_->asked().size(), 2u) << "another family is another question";
  loop_.Advance(absl::Milliseconds(10));
  EXPECT_EQ(done_.size(), 101u);
  EXPECT_EQ(resolver_->flights(), 0u);
}

TEST_F(CachingResolverTest, AnAnswerIsKeptForASecondAtMost) {
  Make();
  Start("a.test");
  loop_.Advance(absl::Milliseconds(10));
  loop_.Advance(absl::Milliseconds(999));
  Start("a.test");
  loop_.RunUntilIdle();
  EXPECT_EQ(done_.size(), 2u);
  EXPECT_EQ(fake_->asked().size(), 1u);
  loop_.Advance(absl::Milliseconds(1));
  Start("a.test");
  loop_.Advance(absl::Milliseconds(10));
  EXPECT_EQ(fake_->asked().size(), 2u);
}

TEST_F(CachingResolverTest, FailuresAreNotKept) {
  Make();
  fake_->SetError("broken.test", ResolverFailed("broken"));
  for (int i = 1; i <= 3; ++i) {
    Start("broken.test");
    loop_.RunUntilIdle();
    EXPECT_EQ(fake_->asked().size(), static_cast<size_t>(i));
  }
  EXPECT_EQ(resolver_->entries(), 0u);
}

TEST_F(CachingResolverTest, KeepsNoMoreThanItMayAndNothingIfTold) {
  Make({absl::Seconds(1), 10});
  for (int i = 0; i < 30; ++i) {
    const std::string name = absl::StrCat("n", i, ".test");
    fake_->SetAddresses(name, {"192.0.2.1"});
    Start(name);
    loop_.RunUntilIdle();
  }
  EXPECT_EQ(resolver_->entries(), 10u);
  Make({absl::ZeroDuration(), 10});
  Start("a.test");
  loop_.Advance(absl::Milliseconds(10));
  EXPECT_EQ(resolver_->entries(), 0u);
}

TEST_F(CachingResolverTest, TheLastOneToLeavePutsOutTheLight) {
  Make();
  const auto first = Start("silent.test");
  const auto second = Start("silent.test");
  resolver_->Cancel(first);
  EXPECT_EQ(fake_->pending(), 1u);
  resolver_->Cancel(second);
  EXPECT_EQ(fake_->pending(), 0u);
  EXPECT_EQ(resolver_->flights(), 0u);
  EXPECT_TRUE(done_.empty());
}

TEST_F(CachingResolverTest, EachHasALimitOfItsOwn) {
  Make();
  Start("silent.test", {AddressFamilies::kAny, absl::Seconds(1)});
  Start("silent.test", {AddressFamilies::kAny, absl::Seconds(3)});
  loop_.Advance(absl::Seconds(1));
  EXPECT_EQ(done_.size(), 1u);
  EXPECT_EQ(fake_->pending(), 1u);
  loop_.Advance(absl::Seconds(2));
  EXPECT_EQ(done_.size(), 2u);
  EXPECT_EQ(fake_->pending(), 0u);
}

TEST_F(CachingResolverTest, WhoComesLateIsToldTheEarlyAnswerToo) {
  Make();
  fake_->SetStaggered("two.test", {"192.0.2.1"}, {"2001:db8::1", "192.0.2.1"}, absl::Seconds(1));
  int early = 0;
  const auto start = [&] {
    resolver_->Start(
        HostName::Parse("two.test").value(), {},
        [this](Result<Resolution> outcome) { done_.push_back(outcome); },
        [&](const Resolution& resolution) {
          ++early;
          EXPECT_EQ(resolution.addresses.size(), 1u);
        });
  };
  start();
  start();
  loop_.RunUntilIdle();
  EXPECT_EQ(early, 2);
  start();
  loop_.RunUntilIdle();
  EXPECT_EQ(early, 3);
  loop_.Advance(absl::Seconds(1));
  ASSERT_EQ(done_.size(), 3u);
  EXPECT_EQ(done_[2]->addresses.size(), 2u);
}

TEST_F(CachingResolverTest, ACallbackMayCancelOthersAndDestroyTheResolver) {
  Make();
  Resolver::LookupId second = 0;
  int told = 0;
  resolver_->Start(HostName::Parse("a.test").value(), {}, [&](const auto&) {
    ++told;
    resolver_->Cancel(second);
  });
  second = Start("a.test");
  resolver_->Start(HostName::Parse("a.test").value(), {}, [&](const auto&) {
    ++told;
    resolver_.reset();
  });
  Start("a.test");
  loop_.Advance(absl::Milliseconds(10));
  EXPECT_EQ(told, 2);
  EXPECT_TRUE(done_.empty());
}

}  // namespace
}  // namespace streampair
