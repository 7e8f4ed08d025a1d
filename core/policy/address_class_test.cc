#include "core/policy/address_class.h"

#include <string>

#include "core/policy/embedded_ipv4.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

IpAddress Address(absl::string_view text) { return *IpAddress::Parse(text); }

// Which addresses are special at all: policy_cases.txt. Here, as what.
TEST(AddressClass, SaysWhatAnAddressIsFor) {
  const struct {
    const char* address;
    const char* text;
  } kCases[] = {
      {"8.8.8.8", "public (0.0.0.0/0)"},
      {"0.0.0.0", "this_network (0.0.0.0/8)"},
      {"127.1.2.3", "loopback (127.0.0.0/8)"},
      {"10.0.0.1", "private (10.0.0.0/8)"},
      {"100.64.0.1", "shared (100.64.0.0/10)"},
      {"169.254.1.1", "link_local (169.254.0.0/16)"},
      {"169.254.169.254", "metadata (169.254.169.254/32)"},
      {"168.63.129.16", "metadata (168.63.129.16/32)"},
      {"192.0.0.1", "protocol (192.0.0.0/24)"},
      {"192.0.2.1", "documentation (192.0.2.0/24)"},
      {"198.19.0.1", "benchmarking (198.18.0.0/15)"},
      {"239.1.1.1", "multicast (224.0.0.0/4)"},
      {"255.255.255.255", "reserved (240.0.0.0/4)"},
      {"2606:4700::1", "public (2000::/3)"},
      {"::", "this_network (::/128)"},
      {"::1", "loopback (::1/128)"},
      {"fd00::1", "private (fc00::/7)"},
      {"fec0::1", "private (fec0::/10)"},
      {"fe80::1", "link_local (fe80::/10)"},
      {"fd00:ec2::254", "metadata (fd00:ec2::254/128)"},
      {"2001::1", "this_network (0.0.0.0/8, by the 0.0.0.0 in it)"},
      {"2002:808:808::1", "protocol (2002::/16)"},
      {"2002:a00:1::1", "private (10.0.0.0/8, by the 10.0.0.1 in it)"},
      {"::ffff:127.0.0.1", "loopback (127.0.0.0/8, by the 127.0.0.1 in it)"},
      {"::ffff:8.8.8.8", "public (::ffff:0.0.0.0/96)"},
      {"64:ff9b::a9fe:a9fe", "metadata (169.254.169.254/32, by the 169.254.169.254 in it)"},
      {"2001:db8::1", "documentation (2001:db8::/32)"},
      {"3fff::1", "documentation (3fff::/20)"},
      {"ff02::1", "multicast (ff00::/8)"},
      {"4000::1", "reserved (::/0)"},
  };
  for (const auto& c : kCases) {
    const IpAddress address = Address(c.address);
    EXPECT_EQ(Classify(address).ToString(address), c.text) << c.address;
  }
}

TEST(EmbeddedIpv4, UnpacksEveryForm) {
  const struct {
    const char* address;
    std::vector<const char*> within;
  } kCases[] = {
      {"192.0.2.1", {}},
      {"2606:4700::1", {}},
      {"::", {}},
      {"::1", {}},
      {"::ffff:192.0.2.33", {"192.0.2.33"}},
      {"::192.0.2.33", {"192.0.2.33"}},
      {"64:ff9b::192.0.2.33", {"192.0.2.33"}},
      {"64:ff9b:1:c000:2:2100::", {"192.0.2.33", "0.0.0.0"}},  // RFC 6052 section 2.4, 48 bits.
      {"64:ff9b:1::192.0.2.33", {"0.0.0.0", "192.0.2.33"}},
      {"64:ff9b:2::192.0.2.33", {}},
      {"2002:c000:221::", {"192.0.2.33"}},
      {"2001:0:4136:e378:8000:63bf:3fff:fdd2", {"65.54.227.120", "192.0.2.45"}},  // RFC 4380's.
      {"2606:4700::5efe:c000:221", {"192.0.2.33"}},
      {"2606:4700::200:5efe:c000:221", {"192.0.2.33"}},
      {"2606:4700::100:5efe:c000:221", {}},
  };
  for (const auto& c : kCases) {
    std::vector<IpAddress> expected;
    for (const char* each : c.within) expected.push_back(Address(each));
    const auto within = EmbeddedIpv4(Address(c.address));
    EXPECT_EQ(std::vector<IpAddress>(within.begin(), within.end()), expected) << c.address;
  }
}

}  // namespace
}  // namespace streampair
