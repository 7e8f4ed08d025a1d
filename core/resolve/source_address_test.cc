#include "core/resolve/source_address.h"

#include "gtest/gtest.h"

namespace streampair {
namespace {

TEST(SourceAddressFor, IsTheLoopbackForTheLoopback) {
  const IpAddress loopback = IpAddress::Parse("127.0.0.1").value();
  EXPECT_EQ(SourceAddressFor(loopback), loopback);
}

TEST(SourceAddressFor, IsNoneWithoutARoute) {
  // Broadcast: refused to a socket that did not ask for it, whatever the routes of this host.
  EXPECT_EQ(SourceAddressFor(IpAddress::Parse("255.255.255.255").value()), std::nullopt);
}

}  // namespace
}  // namespace streampair
