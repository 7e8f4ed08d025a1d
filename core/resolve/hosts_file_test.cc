#include "core/resolve/hosts_file.h"

#include <string>

#include "core/addr/ip_address.h"
#include "core/base/result.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

constexpr absl::string_view kHosts =
    "# The machine itself\n"
    "127.0.0.1\tlocalhost\n"
    "::1 ip6-localhost ip6-loopback\r\n"
    "  192.0.2.1   Web.Test  www.test # two names\n"
    "2001:db8::1 web.test\n"
    "192.0.2.2 other www.test\n"
    "192.0.2.1 www.test\n"
    "192.0.2.9#www.test\n"
    "192.0.2.9 wide.www.test www.test.wide\n"
    "fe80::1%eth0 www.test\n"
    "0x7f.1 www.test\n"
    "nonsense www.test\n"
    "192.0.2.3\n"
    "\n"
    "192.0.2.4 last.test";

std::string Joined(const std::optional<Resolution>& found) {
  if (!found.has_value()) return "none";
  std::string joined = found->canonical_name + ":";
  for (const IpAddress& address : found->addresses) joined += " " + address.ToString();
  return joined;
}

std::string Find(absl::string_view name, AddressFamilies families = AddressFamilies::kAny) {
  return Joined(FindInHosts(kHosts, HostName::Parse(name).value(), families));
}

TEST(FindInHosts, TakesAllLinesOfAName) {
  EXPECT_EQ(Find("www.test"), "web.test: 192.0.2.1 192.0.2.2");
  EXPECT_EQ(Find("web.test"), "web.test: 192.0.2.1 2001:db8::1");
  EXPECT_EQ(Find("WEB.test."), "web.test: 192.0.2.1 2001:db8::1");
  EXPECT_EQ(Find("last.test"), "last.test: 192.0.2.4");
  EXPECT_EQ(Find("ip6-loopback"), "ip6-localhost: ::1");
}

TEST(FindInHosts, TakesOnlyTheFamilyAskedFor) {
  EXPECT_EQ(Find("web.test", AddressFamilies::kIpv6Only), "web.test: 2001:db8::1");
  EXPECT_EQ(Find("web.test", AddressFamilies::kIpv4Only), "web.test: 192.0.2.1");
  EXPECT_EQ(Find("last.test", AddressFamilies::kIpv6Only), "none");
}

TEST(FindInHosts, FindsNoPartsOfNamesAndNoAddresses) {
  EXPECT_EQ(Find("test"), "none");
  EXPECT_EQ(Find("nonsense"), "none");
  EXPECT_EQ(Find("machine"), "none");
}

std::string LookUp(const std::string& path, absl::string_view name,
                   AddressFamilies families = AddressFamilies::kAny) {
  return Joined(HostsFile(path).LookUp(HostName::Parse(name).value(), families));
}

TEST(HostsFile, GivesLocalhostTheLoopbackWithoutAnyFile) {
  const std::string missing = "/nonexistent/hosts";
  EXPECT_EQ(LookUp(missing, "localhost"), "localhost: ::1 127.0.0.1");
  EXPECT_EQ(LookUp(missing, "a.b.localhost"), "localhost: ::1 127.0.0.1");
  EXPECT_EQ(LookUp(missing, "localhost", AddressFamilies::kIpv4Only), "localhost: 127.0.0.1");
  EXPECT_EQ(LookUp(missing, "localhost", AddressFamilies::kIpv6Only), "localhost: ::1");
  EXPECT_EQ(LookUp(missing, "notlocalhost"), "none");
  EXPECT_EQ(LookUp(missing, "localhost.test"), "none");
}

TEST(HostsFile, ReadsTheFileOfTheSystem) {
  EXPECT_NE(Joined(HostsFile().LookUp(HostName::Parse("localhost").value(), AddressFamilies::kAny)),
            "none");
}

}  // namespace
}  // namespace streampair
