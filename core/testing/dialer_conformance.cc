#include "core/testing/dialer_conformance.h"

#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/testing/open_descriptors.h"

namespace streampair {
namespace {

// Collects what dials call back with.
struct Outcomes {
  std::vector<DialOutcome> list;

  Dialer::Done Done() {
    return [this](DialOutcome outcome) { list.push_back(std::move(outcome)); };
  }
};

TEST_P(DialerConformance, HandsOverAConnectedSocket) {
  Outcomes outcomes;
  world_->harness().Run([&] { world_->dialer().Dial(world_->Reachable(), {}, outcomes.Done()); });
  ASSERT_TRUE(world_->harness().RunUntil([&] { return !outcomes.list.empty(); }));
  const DialOutcome& outcome = outcomes.list[0];
  ASSERT_TRUE(outcome.socket.ok()) << outcome.socket.error().ToString();
  EXPECT_TRUE(outcome.socket->valid());
  EXPECT_TRUE(outcome.remote.has_value());
  EXPECT_TRUE(outcome.local.has_value());
  ASSERT_FALSE(outcome.attempts.empty());
  EXPECT_EQ(outcome.attempts.back().endpoint, outcome.remote);
  EXPECT_FALSE(outcome.attempts.back().error.has_value());
}

TEST_P(DialerConformance, ReportsAFailure) {
  Outcomes outcomes;
  world_->harness().Run([&] { world_->dialer().Dial(world_->Refusing(), {}, outcomes.Done()); });
  ASSERT_TRUE(world_->harness().RunUntil([&] { return !outcomes.list.empty(); }));
  const DialOutcome& outcome = outcomes.list[0];
  ASSERT_FALSE(outcome.socket.ok());
  EXPECT_EQ(outcome.socket.error().id(), (ErrorId{ErrorDomain::kPosix, 0, ECONNREFUSED}));
  EXPECT_EQ(outcome.socket.error().stage(), Stage::kConnect);
  EXPECT_FALSE(outcome.remote.has_value());
}

TEST_P(DialerConformance, NeverCallsBackInsideDial) {
  Outcomes outcomes;
  world_->harness().Run([&] {
    EXPECT_NE(world_->dialer().Dial(world_->Reachable(), {}, outcomes.Done()), 0u);
    EXPECT_TRUE(outcomes.list.empty());
    world_->dialer().Dial(world_->Refusing(), {}, outcomes.Done());
    EXPECT_TRUE(outcomes.list.empty());
    world_->dialer().Dial(DialTarget(), {}, outcomes.Done());
    EXPECT_TRUE(outcomes.list.empty());
  });
  EXPECT_TRUE(world_->harness().RunUntil([&] { return outcomes.list.size() == 3; }));
}

TEST_P(DialerConformance, DestroysTheCallbackOfACancelledDialUncalled) {
  auto witness = std::make_shared<int>(0);
  Outcomes other;
  world_->harness().Run([&] {
    for (const DialTarget& target : {world_->Reachable(), world_->Refusing(), world_->Silent()}) {
      const size_t before = OpenDescriptors();
      const Dialer::DialId id =
          world_->dialer().Dial(target, {}, [witness](const DialOutcome&) { ADD_FAILURE(); });
      world_->dialer().Cancel(id);
      EXPECT_EQ(witness.use_count(), 1);
      EXPECT_LE(OpenDescriptors(), before);
      world_->dialer().Cancel(id);  // Harmless.
    }
    world_->dialer().Cancel(0);
    world_->dialer().Dial(world_->Reachable(), {}, other.Done());
  });
  EXPECT_TRUE(world_->harness().RunUntil([&] { return !other.list.empty(); }));
}

TEST_P(DialerConformance, CancelOfAnEndedDialDoesNothing) {
  Outcomes outcomes;
  Dialer::DialId id = 0;
  world_->harness().Run(
      [&] { id = world_->dialer().Dial(world_->Reachable(), {}, outcomes.Done()); });
  ASSERT_TRUE(world_->harness().RunUntil([&] { return !outcomes.list.empty(); }));
  world_->harness().Run([&] { world_->dialer().Cancel(id); });
  EXPECT_TRUE(outcomes.list[0].socket.ok());
}

TEST_P(DialerConformance, ACallbackMayDialAndCancel) {
  Outcomes second;
  Dialer::DialId silent = 0;
  world_->harness().Run([&] {
    silent = world_->dialer().Dial(world_->Silent(), {}, [](const DialOutcome&) { ADD_FAILURE(); });
    world_->dialer().Dial(world_->Reachable(), {}, [&](const DialOutcome&) {
      world_->dialer().Cancel(silent);
      world_->dialer().Dial(world_->Reachable(), {}, second.Done());
    });
  });
  EXPECT_TRUE(world_->harness().RunUntil([&] { return !second.list.empty(); }));
}

TEST_P(DialerConformance, ACallbackMayDestroyTheDialer) {
  bool destroyed = false;
  world_->harness().Run([&] {
    world_->dialer().Dial(world_->Silent(), {}, [](const DialOutcome&) { ADD_FAILURE(); });
    world_->dialer().Dial(world_->Reachable(), {}, [&](const DialOutcome&) {
      world_->DestroyDialer();
      destroyed = true;
    });
  });
  EXPECT_TRUE(world_->harness().RunUntil([&] { return destroyed; }));
}

TEST_P(DialerConformance, CancelsEverythingWhenDestroyed) {
  auto witness = std::make_shared<int>(0);
  world_->harness().Run([&] {
    for (const DialTarget& target : {world_->Reachable(), world_->Refusing(), world_->Silent()}) {
      world_->dialer().Dial(target, {}, [witness](const DialOutcome&) { ADD_FAILURE(); });
    }
    world_->DestroyDialer();
    EXPECT_EQ(witness.use_count(), 1);
  });
}

}  // namespace
}  // namespace streampair
