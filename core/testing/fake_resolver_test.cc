#include "core/testing/fake_resolver.h"

#include <memory>
#include <utility>

#include "core/testing/fake_loop_harness.h"
#include "core/testing/loop_harness.h"
#include "core/testing/resolver_conformance.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

class FakeWorld : public ResolverWorld {
 public:
  explicit FakeWorld(std::unique_ptr<LoopHarness> harness) : harness_(std::move(harness)) {
    resolver_->SetAddresses("both.test", {"192.0.2.1", "2001:db8::1"});
    resolver_->SetAddresses("v4.test", {"192.0.2.4"});
    resolver_->SetAddresses("empty.test", {});
    resolver_->SetSilent("silent.test");
  }
  LoopHarness& harness() override { return *harness_; }
  Resolver& resolver() override { return *resolver_; }
  void DestroyResolver() override { resolver_.reset(); }

 private:
  const std::unique_ptr<LoopHarness> harness_;
  std::unique_ptr<FakeResolver> resolver_ = std::make_unique<FakeResolver>(harness_->loop());
};

INSTANTIATE_TEST_SUITE_P(FakeOnEpoll, ResolverConformance, testing::Values(MakeResolverWorld([] {
                           return std::make_unique<FakeWorld>(MakeEpollHarness());
                         })));
INSTANTIATE_TEST_SUITE_P(FakeOnFakeLoop, ResolverConformance, testing::Values(MakeResolverWorld([] {
                           return std::make_unique<FakeWorld>(MakeFakeHarness());
                         })));

}  // namespace
}  // namespace streampair
