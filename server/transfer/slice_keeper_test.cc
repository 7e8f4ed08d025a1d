#include "server/transfer/slice_keeper.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace streampair {
namespace {

TEST(SliceKeeper, LendsUpToTheLimitAndCopiesBeyond) {
  SliceKeeper keeper(50000);
  const grpc::Slice slice(std::string(20000, 'x'));
  std::vector<absl::Cord> kept;
  kept.push_back(keeper.Keep(slice, 0));
  kept.push_back(keeper.Keep(slice, 5000));
  EXPECT_EQ(keeper.lent(), 35000u);
  kept.push_back(keeper.Keep(slice, 0));
  EXPECT_EQ(keeper.lent(), 35000u);
  EXPECT_EQ(kept[2], std::string(20000, 'x'));
  kept.erase(kept.begin());
  EXPECT_EQ(keeper.lent(), 15000u);
  kept.push_back(keeper.Keep(slice, 0));
  EXPECT_EQ(keeper.lent(), 35000u);
  kept.clear();
  EXPECT_EQ(keeper.lent(), 0u);
}

TEST(SliceKeeper, CopiesSmallPieces) {
  SliceKeeper keeper(50000);
  EXPECT_EQ(keeper.Keep(grpc::Slice(std::string(8191 + 40, 'x')), 40), std::string(8191, 'x'));
  EXPECT_EQ(keeper.lent(), 0u);
}

TEST(SliceKeeper, WhatItKeptMayOutliveIt) {
  absl::Cord kept;
  {
    SliceKeeper keeper(50000);
    kept = keeper.Keep(grpc::Slice(std::string(20000, 'x')), 0);
  }
  EXPECT_EQ(kept, std::string(20000, 'x'));
}

}  // namespace
}  // namespace streampair
