#include "core/flow/adaptive_size.h"

#include "gtest/gtest.h"

namespace streampair {
namespace {

TEST(AdaptiveSize, DoublesUpToTheMaximumWhileReadsFillIt) {
  AdaptiveSize size;
  EXPECT_EQ(size.size(), AdaptiveSize::kMin);
  for (size_t expected = AdaptiveSize::kMin; expected <= AdaptiveSize::kMax; expected *= 2) {
    EXPECT_EQ(size.size(), expected);
    size.OnRead(size.size());
  }
  EXPECT_EQ(size.size(), AdaptiveSize::kMax);
}

TEST(AdaptiveSize, HalvesDownToTheMinimumBelowAQuarter) {
  AdaptiveSize size;
  while (size.size() < AdaptiveSize::kMax) size.OnRead(size.size());
  size.OnRead(size.size() / 4);  // Exactly a quarter stays.
  EXPECT_EQ(size.size(), AdaptiveSize::kMax);
  size.OnRead(size.size() / 4 - 1);
  EXPECT_EQ(size.size(), AdaptiveSize::kMax / 2);
  for (int i = 0; i < 10; ++i) size.OnRead(0);
  EXPECT_EQ(size.size(), AdaptiveSize::kMin);
}

TEST(AdaptiveSize, StaysForOrdinaryReads) {
  AdaptiveSize size;
  size.OnRead(AdaptiveSize::kMin);
  size.OnRead(size.size() - 1);
  EXPECT_EQ(size.size(), 2 * AdaptiveSize::kMin);
}

}  // namespace
}  // namespace streampair
