#include "core/resolve/address_order.h"

#include <map>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace streampair {
namespace {

IpAddress Ip(absl::string_view text) { return IpAddress::Parse(text).value(); }

// `sources` names the source for each destination that is reachable.
std::vector<std::string> Sorted(const std::vector<std::string>& destinations,
                                const std::map<std::string, std::string>& sources) {
  std::vector<IpAddress> addresses;
  for (const std::string& text : destinations) addresses.push_back(Ip(text));
  SortByRfc6724(addresses, [&](const IpAddress& destination) -> std::optional<IpAddress> {
    const auto it = sources.find(destination.ToString());
    if (it == sources.end()) return std::nullopt;
    return Ip(it->second);
  });
  std::vector<std::string> sorted;
  for (const IpAddress& address : addresses) sorted.push_back(address.ToString());
  return sorted;
}

using List = std::vector<std::string>;

// The first group are the examples of RFC 6724 section 10.2.
TEST(SortByRfc6724, PrefersMatchingScope) {
  EXPECT_EQ(Sorted({"198.51.100.121", "2001:db8:1::1"},
                   {{"2001:db8:1::1", "2001:db8:1::2"}, {"198.51.100.121", "169.254.13.78"}}),
            (List{"2001:db8:1::1", "198.51.100.121"}));
  EXPECT_EQ(Sorted({"2001:db8:1::1", "198.51.100.121"},
                   {{"2001:db8:1::1", "fe80::1"}, {"198.51.100.121", "198.51.100.117"}}),
            (List{"198.51.100.121", "2001:db8:1::1"}));
}

TEST(SortByRfc6724, PrefersHigherPrecedence) {
  EXPECT_EQ(Sorted({"10.1.2.3", "2001:db8:1::1"},
                   {{"2001:db8:1::1", "2001:db8:1::2"}, {"10.1.2.3", "10.1.2.4"}}),
            (List{"2001:db8:1::1", "10.1.2.3"}));
}

TEST(SortByRfc6724, PrefersSmallerScope) {
  EXPECT_EQ(Sorted({"2001:db8:1::1", "fe80::1"},
                   {{"2001:db8:1::1", "2001:db8:1::2"}, {"fe80::1", "fe80::2"}}),
            (List{"fe80::1", "2001:db8:1::1"}));
}

TEST(SortByRfc6724, UsesTheLongestMatchingPrefix) {
  EXPECT_EQ(Sorted({"2001:db8:3ffe::1", "2001:db8:1::1"},
                   {{"2001:db8:1::1", "2001:db8:1::2"}, {"2001:db8:3ffe::1", "2001:db8:3f44::2"}}),
            (List{"2001:db8:1::1", "2001:db8:3ffe::1"}));
}

TEST(SortByRfc6724, PrefersMatchingLabel) {
  EXPECT_EQ(
      Sorted({"2001:db8:1::1", "2002:c633:6401::1"},
             {{"2002:c633:6401::1", "2002:c633:6401::2"}, {"2001:db8:1::1", "2002:c633:6401::2"}}),
      (List{"2002:c633:6401::1", "2001:db8:1::1"}));
}

TEST(SortByRfc6724, PutsWhatCannotBeReachedLast) {
  EXPECT_EQ(Sorted({"2001:db8::1", "192.0.2.1"}, {{"192.0.2.1", "192.0.2.9"}}),
            (List{"192.0.2.1", "2001:db8::1"}));
}

TEST(SortByRfc6724, KeepsTheOrderOfWhatNoRuleTellsApart) {
  EXPECT_EQ(Sorted({"192.0.2.9", "192.0.2.1", "192.0.2.5"}, {}),
            (List{"192.0.2.9", "192.0.2.1", "192.0.2.5"}));
  // The longest prefix is not compared for IPv4: it would undo the rotation of a name server.
  EXPECT_EQ(Sorted({"198.51.100.1", "192.0.2.1"},
                   {{"198.51.100.1", "192.0.2.2"}, {"192.0.2.1", "192.0.2.2"}}),
            (List{"198.51.100.1", "192.0.2.1"}));
}

TEST(SortByRfc6724, DoesNotAskAboutALoneAddress) {
  std::vector<IpAddress> lone = {Ip("192.0.2.1")};
  SortByRfc6724(lone, [](const IpAddress&) -> std::optional<IpAddress> {
    ADD_FAILURE();
    return std::nullopt;
  });
  EXPECT_EQ(lone.size(), 1u);
}

}  // namespace
}  // namespace streampair
