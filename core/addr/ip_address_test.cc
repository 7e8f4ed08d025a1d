#include "core/addr/ip_address.h"

#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "core/base/error.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

IpAddress Ip(absl::string_view text) {
  const Result<IpAddress> address = IpAddress::Parse(text);
  EXPECT_TRUE(address.ok()) << text;
  return address.ok() ? *address : IpAddress();
}

TEST(IpAddress, ParsesDottedDecimal) {
  const IpAddress address = Ip("192.0.2.255");
  EXPECT_TRUE(address.is_v4());
  EXPECT_EQ(address, IpAddress::V4({192, 0, 2, 255}));
  EXPECT_EQ(address.bytes().size(), 4u);
  EXPECT_EQ(address.ToString(), "192.0.2.255");
  EXPECT_EQ(Ip("0.0.0.0"), IpAddress());
}

TEST(IpAddress, RefusesEverythingElse) {
  using namespace std::string_literals;
  const std::string refused[] = {
      "",
      " ",
      "1",
      "1.2",
      "1.2.3",
      "1.2.3.4.5",
      "1.2.3.256",
      "1.2.3.-1",
      "1.2.3.4 ",
      " 1.2.3.4",
      "01.2.3.4",
      "1.2.3.04",
      "00.0.0.0",
      "0x1.2.3.4",
      "1.2.3.0x4",
      "2130706433",
      "1..2.3",
      "1.2.3.",
      ".1.2.3",
      "1.2.3.4.",
      "1.2.3.4/8",
      "1.2.3.4:80",
      "+1.2.3.4",
      "1.2.3.4\n",
      "1.2.3.4\0"s,
      "::1\0x"s,
      "\0"s,
      "[::1]",
      "::1%lo",
      "fe80::1%eth0",
      "fe80::1%1",
      ":",
      ":::",
      "1::2::3",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "12345::",
      "g::",
      "::1.2.3",
      "::1.2.3.256",
      "::01.2.3.4",
      "1:2:3:4:5:6:7:1.2.3.4",
      "::1 ",
      " ::1",
      "1:",
      ":1",
      "localhost",
      "\xd9\xa1.2.3.4",
      std::string(46, ':'),
      std::string(100000, '1'),
  };
  for (const std::string& text : refused) {
    const Result<IpAddress> address = IpAddress::Parse(text);
    ASSERT_FALSE(address.ok()) << text;
    EXPECT_EQ(address.error().stage(), Stage::kRequest);
    EXPECT_EQ(address.error().id(), (ErrorId{ErrorDomain::kStreampair, 0, 3}));
  }
}

TEST(IpAddress, WritesIpv6AsRfc5952Does) {
  const struct {
    absl::string_view in, out;
  } rows[] = {
      {"::", "::"},
      {"::1", "::1"},
      {"1::", "1::"},
      {"2001:DB8::1", "2001:db8::1"},
      {"2001:0db8:0000:0000:0000:0000:0002:0001", "2001:db8::2:1"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},  // One zero group stays.
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},           // The longest run.
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},     // The first of equals.
      {"0:0:1:2:3:4:5:6", "::1:2:3:4:5:6"},
      {"1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"},
      {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
      {"0:1:2:3:4:5:6:7", "0:1:2:3:4:5:6:7"},
      {"1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:0"},
      {"0:0:0:0:0:0:0:2", "::2"},
      {"::1.2.3.4", "::102:304"},
      {"::ffff:1.2.3.4", "::ffff:1.2.3.4"},
      {"::ffff:0:0", "::ffff:0.0.0.0"},
      {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
  };
  for (const auto& row : rows) {
    const IpAddress address = Ip(row.in);
    EXPECT_TRUE(address.is_v6());
    EXPECT_EQ(address.bytes().size(), 16u);
    EXPECT_EQ(address.ToString(), row.out);
    EXPECT_EQ(Ip(row.out), address) << row.in;
  }
}

TEST(IpAddress, EveryPatternOfZeroGroupsSurvivesTheTrip) {
  for (int pattern = 0; pattern < 256; ++pattern) {
    std::array<uint8_t, 16> bytes = {};
    for (int i = 0; i < 8; ++i) bytes[2 * i + 1] = (pattern >> i & 1) ? 0x1a : 0;
    const IpAddress address = IpAddress::V6(bytes);
    EXPECT_EQ(Ip(address.ToString()), address) << address.ToString();
  }
}

TEST(IpAddress, AMappedAddressIsAnotherAddress) {
  const IpAddress mapped = Ip("::ffff:127.0.0.1");
  EXPECT_NE(mapped, Ip("127.0.0.1"));
  EXPECT_EQ(mapped.Unmapped(), Ip("127.0.0.1"));
  EXPECT_FALSE(mapped.IsLoopback());
  EXPECT_TRUE(mapped.Unmapped().IsLoopback());
  EXPECT_EQ(Ip("::1.2.3.4").Unmapped(), Ip("::1.2.3.4"));
  EXPECT_EQ(Ip("1.2.3.4").Unmapped(), Ip("1.2.3.4"));
}

TEST(IpAddress, KnowsLoopbackAndUnspecified) {
  EXPECT_TRUE(Ip("127.0.0.1").IsLoopback());
  EXPECT_TRUE(Ip("127.255.255.255").IsLoopback());
  EXPECT_FALSE(Ip("128.0.0.1").IsLoopback());
  EXPECT_TRUE(Ip("::1").IsLoopback());
  EXPECT_FALSE(Ip("::2").IsLoopback());
  EXPECT_FALSE(Ip("1::1").IsLoopback());
  EXPECT_FALSE(Ip("::").IsLoopback());
  EXPECT_TRUE(Ip("0.0.0.0").IsUnspecified());
  EXPECT_TRUE(Ip("::").IsUnspecified());
  EXPECT_FALSE(Ip("::1").IsUnspecified());
  EXPECT_FALSE(Ip("1.0.0.0").IsUnspecified());
}

TEST(IpAddress, IsOrderedAndHashed) {
  EXPECT_LT(Ip("1.2.3.4"), Ip("1.2.3.5"));
  EXPECT_LT(Ip("255.255.255.255"), Ip("::"));
  const absl::flat_hash_set<IpAddress> set = {Ip("1.2.3.4"), Ip("::1"), Ip("1.2.3.4")};
  EXPECT_EQ(set.size(), 2u);
  EXPECT_NE(Ip("0.0.0.0"), Ip("::"));
}

}  // namespace
}  // namespace streampair
