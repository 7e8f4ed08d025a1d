#include "core/resolve/hosts_file.h"

#include <algorithm>
#include <vector>

#include "gtest/gtest.h"

namespace streampair {
namespace {

std::optional<Resolution> LookUp(absl::string_view name,
                                 AddressFamilies families = AddressFamilies::kAny) {
  return HostsFile::Open().value().LookUp(HostName::Parse(name).value(), families);
}

// What the file of this machine says about localhost is not ours to know, so only the kind of its
// addresses is looked at.
TEST(HostsFile, KnowsLocalhostInEachFamily) {
  for (AddressFamilies families :
       {AddressFamilies::kAny, AddressFamilies::kIpv4Only, AddressFamilies::kIpv6Only}) {
    std::optional<Resolution> found = LookUp("localhost", families);
    ASSERT_TRUE(found.has_value());
    ASSERT_FALSE(found->addresses.empty());
    for (const IpAddress& address : found->addresses) {
      EXPECT_TRUE(address.IsLoopback());
      EXPECT_TRUE(families != AddressFamilies::kIpv4Only || address.is_v4());
      EXPECT_TRUE(families != AddressFamilies::kIpv6Only || address.is_v6());
    }
  }
}

TEST(HostsFile, GivesEverythingUnderLocalhostTheLoopback) {
  std::optional<Resolution> found = LookUp("no-such-host.localhost");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->canonical_name, "localhost");
  ASSERT_EQ(found->addresses.size(), 2u);
  EXPECT_TRUE(found->addresses[0].IsLoopback());
  EXPECT_TRUE(found->addresses[1].IsLoopback());
}

TEST(HostsFile, DoesNotKnowOtherNames) {
  EXPECT_FALSE(LookUp("no-such-host.test").has_value());
  EXPECT_FALSE(LookUp("notlocalhost").has_value());
  EXPECT_FALSE(LookUp("localhost.test").has_value());
}

}  // namespace
}  // namespace streampair
