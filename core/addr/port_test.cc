#include "core/addr/port.h"

#include <cstdint>
#include <limits>

#include "core/base/error.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

TEST(Port, AcceptsTheWholeRange) {
  for (int64_t number = 1; number <= 65535; ++number) {
    const Result<Port> port = Port::Make(number);
    ASSERT_TRUE(port.ok());
    EXPECT_EQ(port->value(), number);
  }
}

TEST(Port, RefusesWhatDoesNotFit) {
  for (const int64_t number :
       {int64_t{0}, int64_t{-1}, int64_t{65536}, int64_t{65536 + 80}, int64_t{1} << 32 | 80,
        std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()}) {
    const Result<Port> port = Port::Make(number);
    ASSERT_FALSE(port.ok()) << number;
    EXPECT_EQ(port.error().id(), (ErrorId{ErrorDomain::kStreampair, 0, 3}));
  }
  EXPECT_EQ(Port::Make(70000).error().detail(), "port 70000 is out of range: 1 to 65535");
}

}  // namespace
}  // namespace streampair
