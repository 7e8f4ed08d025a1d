#ifndef STREAMPAIR_CORE_TESTING_EVENT_LOOP_CONFORMANCE_H_
#define STREAMPAIR_CORE_TESTING_EVENT_LOOP_CONFORMANCE_H_

#include <functional>
#include <memory>

#include "core/loop/event_loop.h"
#include "core/testing/loop_harness.h"
#include "gtest/gtest.h"

namespace streampair {

using MakeLoopHarness = std::function<std::unique_ptr<LoopHarness>()>;

// What every EventLoop has to do about tasks and timers. An implementation's test links
// :event_loop_conformance and says
//   INSTANTIATE_TEST_SUITE_P(Epoll, EventLoopConformance, testing::Values(MakeEpollHarness));
// Descriptors are left to the test of the loop that has them.
class EventLoopConformance : public testing::TestWithParam<MakeLoopHarness> {
 protected:
  EventLoop& loop() { return harness_->loop(); }

  std::unique_ptr<LoopHarness> harness_ = GetParam()();
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TESTING_EVENT_LOOP_CONFORMANCE_H_
