#include "core/testing/fake_dialer.h"

#include <fcntl.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <utility>

#include "core/base/posix_errors.h"
#include "core/testing/dialer_conformance.h"
#include "core/testing/fake_loop_harness.h"
#include "core/testing/loop_harness.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

Endpoint At(absl::string_view text) { return Endpoint::Parse(text).value(); }

class FakeWorld : public DialerWorld {
 public:
  explicit FakeWorld(std::unique_ptr<LoopHarness> harness) : harness_(std::move(harness)) {
    dialer_->SetScript([this](const FakeDialer::Request& request) -> std::optional<DialOutcome> {
      if (request.target.endpoints == Silent().endpoints) return std::nullopt;
      if (request.target.endpoints == Reachable().endpoints) {
        return ConnectedOutcome(UniqueFd(::open("/dev/null", O_RDWR | O_CLOEXEC)),
                                request.target.endpoints.front());
      }
      return FailedOutcome(PosixError(Stage::kConnect, ECONNREFUSED, "connect"));
    });
  }
  LoopHarness& harness() override { return *harness_; }
  Dialer& dialer() override { return *dialer_; }
  void DestroyDialer() override { dialer_.reset(); }

  DialTarget Reachable() override { return DialTarget::ToEndpoints({At("192.0.2.1:1")}); }
  DialTarget Refusing() override { return DialTarget::ToEndpoints({At("192.0.2.2:2")}); }
  DialTarget Silent() override { return DialTarget::ToEndpoints({At("192.0.2.3:3")}); }

 private:
  const std::unique_ptr<LoopHarness> harness_;
  std::unique_ptr<FakeDialer> dialer_ = std::make_unique<FakeDialer>(harness_->loop());
};

INSTANTIATE_TEST_SUITE_P(FakeOnEpoll, DialerConformance, testing::Values(MakeDialerWorld([] {
                           return std::make_unique<FakeWorld>(MakeEpollHarness());
                         })));
INSTANTIATE_TEST_SUITE_P(FakeOnFakeLoop, DialerConformance, testing::Values(MakeDialerWorld([] {
                           return std::make_unique<FakeWorld>(MakeFakeHarness());
                         })));

TEST(FakeDialer, WaitsForTheTestToFinishADial) {
  auto harness = MakeFakeHarness();
  FakeDialer dialer(harness->loop());
  bool done = false;
  harness->Run([&] {
    const Dialer::DialId id = dialer.Dial(DialTarget::ToEndpoints({At("192.0.2.1:1")}), {},
                                          [&](const DialOutcome&) { done = true; });
    EXPECT_EQ(dialer.pending(), 1u);
    EXPECT_EQ(dialer.requests().at(0).id, id);
    dialer.Finish(id, FailedOutcome(PosixError(Stage::kConnect, ENETUNREACH, "connect")));
    EXPECT_FALSE(done);
  });
  EXPECT_TRUE(harness->RunUntil([&] { return done; }));
  EXPECT_EQ(dialer.pending(), 0u);
}

}  // namespace
}  // namespace streampair
