#include "server/transfer/slice_keeper.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace streampair {
namespace {

TEST(SliceKeeper, LendsUpToTheLimitAndCopiesBeyond) {
  SliceKeeper keeper(10000);
  const grpc::Slice slice(std::string(4000, 'x'));
  std::vector<absl::Cord> kept;
  kept.push_back(keeper.Keep(slice, 0));
  kept.push_back(keeper.Keep(slice, 1000));
  EXPECT_EQ(keeper.lent(), 7000u);
  kept.push_back(keeper.Keep(slice, 0));
  EXPECT_EQ(keeper.lent(), 7000u);
  EXPECT_EQ(kept[2], std::string(4000, 'x'));
  kept.erase(kept.begin());
  EXPECT_EQ(keeper.lent(), 3000u);
  kept.push_back(keeper.Keep(slice, 0));
  EXPECT_EQ(keeper.lent(), 7000u);
  kept.clear();
  EXPECT_EQ(keeper.lent(), 0u);
}

TEST(SliceKeeper, CopiesSmallPieces) {
  SliceKeeper keeper(10000);
  EXPECT_EQ(keeper.Keep(grpc::Slice(std::string(100, 'x')), 40), std::string(60, 'x'));
  EXPECT_EQ(keeper.lent(), 0u);
}

TEST(SliceKeeper, WhatItKeptMayOutliveIt) {
  absl::Cord kept;
  {
    SliceKeeper keeper(10000);
    kept = keeper.Keep(grpc::Slice(std::string(4000, 'x')), 0);
  }
  EXPECT_EQ(kept, std::string(4000, 'x'));
}

}  // namespace
}  // namespace streampair
