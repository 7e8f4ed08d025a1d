#include "core/testing/fake_loop_harness.h"

#include "core/testing/fake_loop.h"

namespace streampair {
namespace {

class FakeHarness final : public LoopHarness {
 public:
  EventLoop& loop() override { return loop_; }

  void Run(absl::FunctionRef<void()> task) override { task(); }

  bool RunUntil(absl::FunctionRef<bool()> condition) override {
    while (!condition()) {
      if (!loop_.RunOnce() && !loop_.AdvanceToNextTimer()) return false;
    }
    return true;
  }

 private:
  FakeLoop loop_;
};

}  // namespace

std::unique_ptr<LoopHarness> MakeFakeHarness() { return std::make_unique<FakeHarness>(); }

}  // namespace streampair
