#include "core/testing/loop_harness.h"

#include <future>
#include <utility>

#include "core/base/result.h"
#include "core/loop/loop_thread.h"

namespace streampair {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr absl::Duration kGlance = absl::Milliseconds(1);

class EpollHarness : public LoopHarness {
 public:
  explicit EpollHarness(std::unique_ptr<LoopThread> thread) : thread_(std::move(thread)) {}

  EventLoop& loop() override { return thread_->loop(); }

  void Run(absl::FunctionRef<void()> task) override {
    std::promise<void> ran;
    loop().Post([&] {
      task();
      ran.set_value();
    });
    ran.get_future().wait();
  }

  bool RunUntil(absl::FunctionRef<bool()> condition) override {
    std::promise<bool> held;
    const MonotonicTime give_up = loop().Now() + kPatience;
    loop().Post([&] { Look(condition, give_up, held); });
    return held.get_future().get();
  }

 private:
  void Look(absl::FunctionRef<bool()> condition, MonotonicTime give_up, std::promise<bool>& held) {
    if (condition()) return held.set_value(true);
    if (loop().Now() >= give_up) return held.set_value(false);
    loop().AddTimer(loop().Now() + kGlance,
                    [this, condition, give_up, &held] { Look(condition, give_up, held); });
  }

  const std::unique_ptr<LoopThread> thread_;
};

}  // namespace

std::unique_ptr<LoopHarness> MakeEpollHarness() {
  return std::make_unique<EpollHarness>(LoopThread::Start("test-loop").value());
}

}  // namespace streampair
