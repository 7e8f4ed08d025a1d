#ifndef STREAMPAIR_CORE_TESTING_LOOP_HARNESS_H_
#define STREAMPAIR_CORE_TESTING_LOOP_HARNESS_H_

#include <memory>

#include "absl/functional/function_ref.h"
#include "core/loop/event_loop.h"

namespace streampair {

// An event loop that a test steers from its own thread, whatever loop it is: so code confined to a
// loop is tested by one suite on all of them.
class LoopHarness {
 public:
  virtual ~LoopHarness() = default;

  virtual EventLoop& loop() = 0;

  // Runs `task` on the loop's thread and returns when it has run.
  virtual void Run(absl::FunctionRef<void()> task) = 0;

  // Lets the loop work until `condition`, asked on its thread, holds. False: it did not within the
  // time that a test may take. Fake time goes on as far as it must.
  [[nodiscard]] virtual bool RunUntil(absl::FunctionRef<bool()> condition) = 0;
};

// An EpollLoop on a thread of its own: real descriptors and real time.
std::unique_ptr<LoopHarness> MakeEpollHarness();

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TESTING_LOOP_HARNESS_H_
