#ifndef STREAMPAIR_CORE_TESTING_RESOLVER_CONFORMANCE_H_
#define STREAMPAIR_CORE_TESTING_RESOLVER_CONFORMANCE_H_

#include <functional>
#include <memory>

#include "core/resolve/resolver.h"
#include "core/testing/loop_harness.h"
#include "gtest/gtest.h"

namespace streampair {

// A resolver under test, its loop, and a world of names that it must know:
//   both.test    192.0.2.1 and 2001:db8::1        v4.test      192.0.2.4 only
//   missing.test does not exist                   empty.test   exists without an address
//   silent.test  is never answered
class ResolverWorld {
 public:
  virtual ~ResolverWorld() = default;
  virtual LoopHarness& harness() = 0;
  virtual Resolver& resolver() = 0;
  virtual void DestroyResolver() = 0;  // Called on the loop's thread.
};

using MakeResolverWorld = std::function<std::unique_ptr<ResolverWorld>()>;

// What every Resolver has to do. An implementation's test links :resolver_conformance and says
//   INSTANTIATE_TEST_SUITE_P(Fake, ResolverConformance, testing::Values(MakeResolverWorld(...)));
class ResolverConformance : public testing::TestWithParam<MakeResolverWorld> {
 protected:
  std::unique_ptr<ResolverWorld> world_ = GetParam()();
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TESTING_RESOLVER_CONFORMANCE_H_
