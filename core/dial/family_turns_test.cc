#include "core/dial/family_turns.h"

#include <string>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "core/base/result.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

std::string Turns(const std::string& sorted, std::optional<IpAddress::Family> last = std::nullopt) {
  std::vector<IpAddress> addresses;
  for (absl::string_view text : absl::StrSplit(sorted, ' ', absl::SkipEmpty())) {
    addresses.push_back(IpAddress::Parse(text).value());
  }
  return absl::StrJoin(TakeTurns(addresses, last), " ",
                       [](std::string* out, const IpAddress& a) { *out += a.ToString(); });
}

TEST(FamilyTurns, FamiliesAlternateFromTheFirstAddressOn) {
  EXPECT_EQ(Turns("::1 ::2 ::3 1.0.0.1 1.0.0.2"), "::1 1.0.0.1 ::2 1.0.0.2 ::3");
  EXPECT_EQ(Turns("1.0.0.1 1.0.0.2 ::1"), "1.0.0.1 ::1 1.0.0.2");
}

TEST(FamilyTurns, OneFamilyKeepsItsOrder) {
  EXPECT_EQ(Turns(""), "");
  EXPECT_EQ(Turns("::3 ::1 ::2"), "::3 ::1 ::2");
  EXPECT_EQ(Turns("1.0.0.9"), "1.0.0.9");
  EXPECT_EQ(Turns("1.0.0.9", IpAddress::Family::kV4), "1.0.0.9");
}

TEST(FamilyTurns, TheFamilyTriedLastWaits) {
  EXPECT_EQ(Turns("::2 ::3 1.0.0.1", IpAddress::Family::kV6), "1.0.0.1 ::2 ::3");
  EXPECT_EQ(Turns("::2 ::3 1.0.0.1", IpAddress::Family::kV4), "::2 1.0.0.1 ::3");
}

}  // namespace
}  // namespace streampair
