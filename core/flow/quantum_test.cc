#include "core/flow/quantum.h"

#include <limits>

#include "gtest/gtest.h"

namespace streampair {
namespace {

TEST(Quantum, SharesTheBatchWithinBounds) {
  EXPECT_EQ(Quantum(0), kMaxQuantum);
  EXPECT_EQ(Quantum(1), kMaxQuantum);
  EXPECT_EQ(Quantum(2), kMaxQuantum);
  EXPECT_EQ(Quantum(3), kBatchBytes / 3);
  EXPECT_EQ(Quantum(8), size_t{64} << 10);
  EXPECT_EQ(Quantum(32), kMinQuantum);
  EXPECT_EQ(Quantum(33), kMinQuantum);
  EXPECT_EQ(Quantum(std::numeric_limits<size_t>::max()), kMinQuantum);
}

}  // namespace
}  // namespace streampair
