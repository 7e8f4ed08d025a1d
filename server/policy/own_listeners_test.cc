#include "server/policy/own_listeners.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(OwnListeners, AreWhatIsListenedOn) {
  EXPECT_THAT(OwnListeners({"127.0.0.1:7450", "unix:/run/x", "[::1]:7451"}),
              ElementsAre(*Endpoint::Parse("127.0.0.1:7450"), *Endpoint::Parse("[::1]:7451")));
  EXPECT_THAT(OwnListeners({"unix:/run/x"}), IsEmpty());
}

TEST(OwnListeners, StandForEveryAddressOfTheMachine) {
  const auto own = OwnListeners({"0.0.0.0:7450"});
  EXPECT_THAT(own, Contains(*Endpoint::Parse("0.0.0.0:7450")));
  EXPECT_THAT(own, Contains(*Endpoint::Parse("127.0.0.1:7450")));  // Of the loopback interface.
}

}  // namespace
}  // namespace streampair
