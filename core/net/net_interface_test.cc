#include "core/net/net_interface.h"

#include <cerrno>

#include "core/addr/ip_address.h"
#include "core/base/error.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

// Interfaces that count as cellular need a network of the test's own: tests/integration/
// cellular_test.cc makes them.

TEST(NetInterface, TowardsLoopbackIsTheLoopback) {
  for (const char* address : {"127.0.0.1", "127.99.0.1"}) {
    const Result<NetInterface> found =
        InterfaceTowards(IpAddress::Parse(address).value(), std::nullopt);
    ASSERT_TRUE(found.ok()) << found.error().ToString();
    EXPECT_EQ(found->name, "lo");
    EXPECT_FALSE(found->cellular);
  }
}

TEST(NetInterface, TakesTheSourceIntoAccount) {
  const IpAddress loopback = IpAddress::Parse("127.0.0.1").value();
  const Result<NetInterface> found = InterfaceTowards(loopback, loopback);
  ASSERT_TRUE(found.ok()) << found.error().ToString();
  EXPECT_EQ(found->name, "lo");
  // Nobody has that address; the kernel refuses to route from it.
  EXPECT_FALSE(InterfaceTowards(loopback, IpAddress::Parse("192.0.2.77").value()).ok());
}

TEST(NetInterface, IsFoundByName) {
  const Result<NetInterface> found = InterfaceByName("lo");
  ASSERT_TRUE(found.ok()) << found.error().ToString();
  EXPECT_FALSE(found->cellular);
  const Result<NetInterface> missing = InterfaceByName("nosuch0");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().id(), (ErrorId{ErrorDomain::kPosix, 0, ENODEV}));
}

}  // namespace
}  // namespace streampair
