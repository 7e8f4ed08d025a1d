#include "core/dial/dial_target.h"

#include "gtest/gtest.h"

namespace streampair {
namespace {

TEST(DialTarget, LeadsToAnAddressWithoutALookup) {
  const DialTarget target =
      DialTarget::ToHost(ParseHost("2001:db8::1").value(), Port::Make(443).value());
  ASSERT_EQ(target.endpoints.size(), 1u);
  EXPECT_FALSE(target.host.has_value());
  EXPECT_EQ(target.ToString(), "[2001:db8::1]:443");
}

TEST(DialTarget, LeadsToANameWithALookup) {
  const DialTarget target =
      DialTarget::ToHost(ParseHost("Example.COM.").value(), Port::Make(80).value());
  EXPECT_TRUE(target.endpoints.empty());
  EXPECT_TRUE(target.host.has_value());
  EXPECT_EQ(target.ToString(), "example.com:80");
}

TEST(DialTarget, KeepsEndpointsAndTheirPortsInOrder) {
  const DialTarget target = DialTarget::ToEndpoints(
      {Endpoint::Parse("192.0.2.2:2").value(), Endpoint::Parse("192.0.2.1:1").value()});
  EXPECT_EQ(target.ToString(), "192.0.2.2:2, 192.0.2.1:1");
  EXPECT_EQ(DialTarget().ToString(), "nothing");
}

}  // namespace
}  // namespace streampair
