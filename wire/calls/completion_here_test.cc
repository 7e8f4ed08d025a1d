// With a real queue, and alarms: one that is set in the past is over at once, on the thread that
// sets it, as a write is that fits into a socket's buffer.
#include "wire/calls/completion_here.h"

#include <grpcpp/alarm.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <vector>

#include "gtest/gtest.h"
#include "wire/calls/tag.h"

namespace streampair::wire {
namespace {

using std::chrono::system_clock;

// Remembers how it was run.
struct RecordingTag final : public Tag {
  void Run(bool ok) override { runs.push_back(ok); }
  void* tag() { return static_cast<Tag*>(this); }
  std::vector<bool> runs;
};

class CompletionHereTest : public testing::Test {
 protected:
  ~CompletionHereTest() override {
    queue_.Shutdown();
    void* tag;
    bool ok;
    while (queue_.Next(&tag, &ok)) ADD_FAILURE() << "something was left in the queue";
  }

  // Runs one thing that the queue has, or with `wait` will have. False: there is nothing.
  bool RunOne(bool wait) {
    void* tag;
    bool ok;
    const auto deadline = system_clock::now() + std::chrono::seconds(wait ? 20 : 0);
    if (queue_.AsyncNext(&tag, &ok, deadline) != grpc::CompletionQueue::GOT_EVENT) return false;
    static_cast<Tag*>(tag)->Run(ok);
    return true;
  }
  void Complete(grpc::Alarm& alarm, RecordingTag& tag) {
    alarm.Set(&queue_, system_clock::now() - std::chrono::hours(1), tag.tag());
  }

  grpc::CompletionQueue queue_;
  grpc::Alarm first_, second_;
  RecordingTag tag_, other_;
};

TEST_F(CompletionHereTest, WhatIsOverAtOnceDoesNotComeFromTheQueue) {
  CompletionHere here(queue_);
  Complete(first_, tag_);
  EXPECT_TRUE(here.Took(tag_.tag()));
  EXPECT_FALSE(RunOne(/*wait=*/false));
  EXPECT_TRUE(tag_.runs.empty());
}

TEST_F(CompletionHereTest, WhatIsNotOverComesFromTheQueue) {
  {
    CompletionHere here(queue_);
    first_.Set(&queue_, system_clock::now() + std::chrono::hours(1), tag_.tag());
    EXPECT_FALSE(here.Took(tag_.tag()));
  }
  EXPECT_FALSE(RunOne(/*wait=*/false));
  first_.Cancel();
  EXPECT_TRUE(RunOne(/*wait=*/true));
  EXPECT_EQ(tag_.runs, std::vector<bool>{false});
}

TEST_F(CompletionHereTest, AFailureComesFromTheQueue) {
  first_.Set(&queue_, system_clock::now() + std::chrono::hours(1), tag_.tag());
  {
    CompletionHere here(queue_);
    first_.Cancel();
    EXPECT_FALSE(here.Took(tag_.tag()));
  }
  EXPECT_TRUE(RunOne(/*wait=*/true));
  EXPECT_EQ(tag_.runs, std::vector<bool>{false});
}

TEST_F(CompletionHereTest, WhatAnotherOperationCompletesComesFromTheQueue) {
  {
    CompletionHere here(queue_);
    Complete(first_, other_);
    Complete(second_, tag_);
    EXPECT_FALSE(here.Took(tag_.tag()));
  }
  EXPECT_TRUE(RunOne(/*wait=*/true));
  EXPECT_TRUE(RunOne(/*wait=*/true));
  EXPECT_EQ(tag_.runs, std::vector<bool>{true});
  EXPECT_EQ(other_.runs, std::vector<bool>{true});
}

TEST_F(CompletionHereTest, NothingIsLostWhenNobodyAsks) {
  {
    CompletionHere here(queue_);
    Complete(first_, tag_);
  }
  EXPECT_TRUE(RunOne(/*wait=*/true));
  EXPECT_EQ(tag_.runs, std::vector<bool>{true});
  Complete(second_, other_);
  EXPECT_TRUE(RunOne(/*wait=*/true)) << "nothing is caught any more";
}

}  // namespace
}  // namespace streampair::wire
