#include "core/loop/watch_table.h"

#include <memory>
#include <set>
#include <vector>

#include "gtest/gtest.h"

namespace streampair {
namespace {

struct Quiet : FdHandler {
  void OnEvents(uint32_t) override {}
};

TEST(WatchTable, FindsWhatWasAdded) {
  WatchTable table;
  const auto a = std::make_shared<Quiet>();
  const auto b = std::make_shared<Quiet>();
  const EventLoop::WatchId id_a = table.Add(3, a);
  const EventLoop::WatchId id_b = table.Add(4, b);
  EXPECT_NE(id_a, 0u);
  EXPECT_NE(id_a, id_b);
  EXPECT_EQ(table.Find(id_a), a);
  EXPECT_EQ(table.Find(id_b), b);
  EXPECT_EQ(table.size(), 2u);
}

TEST(WatchTable, ForgetsWhatWasRemoved) {
  WatchTable table;
  const auto handler = std::make_shared<Quiet>();
  const EventLoop::WatchId id = table.Add(3, handler);
  const auto removed = table.Remove(id);
  ASSERT_TRUE(removed.has_value());
  EXPECT_EQ(removed->fd, 3);
  EXPECT_EQ(removed->handler, handler);
  EXPECT_EQ(table.Find(id), nullptr);
  EXPECT_FALSE(table.Remove(id).has_value());
  EXPECT_EQ(table.size(), 0u);
}

TEST(WatchTable, AnOldIdDoesNotFindTheNewTenantOfItsSlot) {
  WatchTable table;
  std::set<EventLoop::WatchId> seen;
  EventLoop::WatchId last = 0;
  for (int i = 0; i < 1000; ++i) {
    const EventLoop::WatchId id = table.Add(3, std::make_shared<Quiet>());
    EXPECT_TRUE(seen.insert(id).second);
    EXPECT_EQ(table.Find(last), nullptr);
    EXPECT_FALSE(table.Remove(last).has_value());
    EXPECT_TRUE(table.Remove(id).has_value());
    last = id;
  }
}

TEST(WatchTable, KnowsNothingOfOddIds) {
  WatchTable table;
  table.Add(3, std::make_shared<Quiet>());
  for (const EventLoop::WatchId id :
       {uint64_t{0}, uint64_t{1}, ~uint64_t{0}, uint64_t{2} << 32, uint64_t{1} << 32 | 7}) {
    EXPECT_EQ(table.Find(id), nullptr) << id;
    EXPECT_FALSE(table.Remove(id).has_value()) << id;
  }
}

TEST(WatchTable, RemoveAllReturnsWhatWasThere) {
  WatchTable table;
  const EventLoop::WatchId gone = table.Add(3, std::make_shared<Quiet>());
  table.Add(4, std::make_shared<Quiet>());
  table.Add(5, std::make_shared<Quiet>());
  table.Remove(gone);
  EXPECT_EQ(table.RemoveAll().size(), 2u);
  EXPECT_EQ(table.size(), 0u);
  EXPECT_TRUE(table.RemoveAll().empty());
}

}  // namespace
}  // namespace streampair
