#include "core/addr/ip_range.h"

#include "gtest/gtest.h"

namespace streampair {
namespace {

IpAddress Address(absl::string_view text) { return *IpAddress::Parse(text); }

TEST(IpRange, HoldsWhatBeginsWithItsBits) {
  const struct {
    const char* range;
    const char* address;
    bool inside;
  } kCases[] = {
      {"10.0.0.0/8", "10.0.0.0", true},
      {"10.0.0.0/8", "10.255.255.255", true},
      {"10.0.0.0/8", "11.0.0.0", false},
      {"10.0.0.0/8", "9.255.255.255", false},
      {"172.16.0.0/12", "172.31.255.255", true},
      {"172.16.0.0/12", "172.32.0.0", false},
      {"0.0.0.0/0", "203.0.113.9", true},
      {"192.0.2.7", "192.0.2.7", true},
      {"192.0.2.7/32", "192.0.2.6", false},
      {"fc00::/7", "fdff::1", true},
      {"fc00::/7", "fe00::", false},
      {"::/0", "::1", true},
      {"::/0", "127.0.0.1", false},
      {"0.0.0.0/0", "::ffff:127.0.0.1", false},
      {"2001:db8::1", "2001:db8::1", true},
      {"fe80::/10", "febf::1", true},
      {"fe80::/10", "fec0::1", false},
  };
  for (const auto& c : kCases) {
    auto range = IpRange::Parse(c.range);
    ASSERT_TRUE(range.ok()) << c.range;
    EXPECT_EQ(range->Contains(Address(c.address)), c.inside) << c.range << " " << c.address;
  }
}

TEST(IpRange, RefusesWhatIsNone) {
  for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8",
                           "10.0.0.0/ 8", "10.0.0.0/8 ", "::/129", "10.0.0.1/8", "fd00::1/8",
                           "example.com/8", "10/8", "10.0.0.0/8/8", "10.0.0.0/99999999999"}) {
    EXPECT_FALSE(IpRange::Parse(text).ok()) << text;
  }
  EXPECT_NE(IpRange::Parse("10.1.2.3/8").error().detail().find("10.0.0.0/8"), std::string::npos)
      << "says what was meant";
}

TEST(IpRange, IsAValue) {
  EXPECT_EQ(*IpRange::Parse("10.0.0.0/8"), IpRange::Around(Address("10.9.8.7"), 8));
  EXPECT_NE(*IpRange::Parse("10.0.0.0/8"), *IpRange::Parse("10.0.0.0/9"));
  EXPECT_EQ(IpRange::Around(Address("fe80::1"), 10).ToString(), "fe80::/10");
  EXPECT_EQ(IpRange::Parse("192.0.2.1")->ToString(), "192.0.2.1/32");
}

}  // namespace
}  // namespace streampair
