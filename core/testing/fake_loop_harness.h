#ifndef STREAMPAIR_CORE_TESTING_FAKE_LOOP_HARNESS_H_
#define STREAMPAIR_CORE_TESTING_FAKE_LOOP_HARNESS_H_

#include <memory>

#include "core/testing/loop_harness.h"

namespace streampair {

// A FakeLoop on the thread that calls this, where the test's calls have to come from as well.
// RunUntil lets fake time jump from timer to timer; it gives up at once when nothing is left that
// could happen.
std::unique_ptr<LoopHarness> MakeFakeHarness();

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TESTING_FAKE_LOOP_HARNESS_H_
