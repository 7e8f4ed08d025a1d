#include "core/addr/host_port.h"

#include "gtest/gtest.h"

namespace streampair {
namespace {

TEST(HostPort, TextTellsHostAndPortApart) {
  EXPECT_EQ((HostPort{ParseHost("Example.COM.").value(), 80}.ToString()), "example.com:80");
  EXPECT_EQ((HostPort{ParseHost("192.0.2.1").value(), 1}.ToString()), "192.0.2.1:1");
  EXPECT_EQ((HostPort{ParseHost("2001:db8::1").value(), 65535}.ToString()), "[2001:db8::1]:65535");
}

}  // namespace
}  // namespace streampair
