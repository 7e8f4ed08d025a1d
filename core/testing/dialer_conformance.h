#ifndef STREAMPAIR_CORE_TESTING_DIALER_CONFORMANCE_H_
#define STREAMPAIR_CORE_TESTING_DIALER_CONFORMANCE_H_

#include <functional>
#include <memory>

#include "core/dial/dialer.h"
#include "core/testing/loop_harness.h"
#include "gtest/gtest.h"

namespace streampair {

// A dialer under test, its loop, and targets of each kind.
class DialerWorld {
 public:
  virtual ~DialerWorld() = default;
  virtual LoopHarness& harness() = 0;
  virtual Dialer& dialer() = 0;
  virtual void DestroyDialer() = 0;  // Called on the loop's thread.

  virtual DialTarget Reachable() = 0;  // Dialling it connects.
  virtual DialTarget Refusing() = 0;   // Dialling it fails with (POSIX, ECONNREFUSED).
  virtual DialTarget Silent() = 0;     // Dialling it ends only by cancelling.
};

using MakeDialerWorld = std::function<std::unique_ptr<DialerWorld>()>;

// What every Dialer has to do. An implementation's test links :dialer_conformance and says
//   INSTANTIATE_TEST_SUITE_P(Fake, DialerConformance, testing::Values(MakeDialerWorld(...)));
class DialerConformance : public testing::TestWithParam<MakeDialerWorld> {
 protected:
  std::unique_ptr<DialerWorld> world_ = GetParam()();
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TESTING_DIALER_CONFORMANCE_H_
