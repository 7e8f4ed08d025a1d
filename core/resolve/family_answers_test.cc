#include "core/resolve/family_answers.h"

#include <ares.h>
#include <netdb.h>

#include <string>
#include <vector>

#include "core/base/reason.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

CaresAnswer Failed(int status) { return CaresAnswer{status, {}, {}}; }

CaresAnswer Found(const std::vector<std::string>& texts, std::string canonical_name = "") {
  CaresAnswer answer{ARES_SUCCESS, {}, std::move(canonical_name)};
  for (const std::string& text : texts) {
    answer.addresses.push_back(IpAddress::Parse(text).value());
  }
  return answer;
}

Result<Resolution> Merged(const CaresAnswer& first, const CaresAnswer& second) {
  FamilyAnswers answers;
  answers.Add(first);
  answers.Add(second);
  return answers.Take("a.test");
}

std::string Joined(const Resolution& resolution) {
  std::string joined;
  for (const IpAddress& address : resolution.addresses) joined += address.ToString() + " ";
  return joined;
}

TEST(FamilyAnswers, PutsIpv6FirstWhicheverCameFirst) {
  const CaresAnswer v4 = Found({"192.0.2.1", "192.0.2.2"});
  const CaresAnswer v6 = Found({"2001:db8::1"});
  EXPECT_EQ(Joined(*Merged(v4, v6)), "2001:db8::1 192.0.2.1 192.0.2.2 ");
  EXPECT_EQ(Joined(*Merged(v6, v4)), "2001:db8::1 192.0.2.1 192.0.2.2 ");
}

TEST(FamilyAnswers, DropsDuplicates) {
  EXPECT_EQ(Joined(*Merged(Found({"192.0.2.1", "192.0.2.1"}), Failed(ARES_ENODATA))), "192.0.2.1 ");
}

TEST(FamilyAnswers, NamesTheEndOfTheChainOrTheNameItself) {
  EXPECT_EQ(Merged(Found({"192.0.2.1"}), Failed(ARES_ENODATA))->canonical_name, "a.test");
  EXPECT_EQ(
      Merged(Found({"192.0.2.1"}, "b.test"), Found({"2001:db8::1"}, "b.test"))->canonical_name,
      "b.test");
}

TEST(FamilyAnswers, AddressesOfOneFamilyOutweighAnyFailureOfTheOther) {
  for (int status : {ARES_ENODATA, ARES_ENOTFOUND, ARES_ETIMEOUT, ARES_ESERVFAIL, ARES_EBADRESP}) {
    EXPECT_TRUE(Merged(Failed(status), Found({"192.0.2.1"})).ok()) << status;
    EXPECT_TRUE(Merged(Found({"192.0.2.1"}), Failed(status)).ok()) << status;
  }
}

// From what leaves least open to what leaves most open.
TEST(FamilyAnswers, TheFailureThatLeavesMostOpenDecidesInEitherOrder) {
  const std::vector<int> rising = {ARES_ENOTFOUND, ARES_ENODATA,   ARES_EREFUSED, ARES_ECONNREFUSED,
                                   ARES_ETIMEOUT,  ARES_ESERVFAIL, ARES_ENOMEM};
  for (size_t low = 0; low < rising.size(); ++low) {
    for (size_t high = low; high < rising.size(); ++high) {
      const Error expected = CaresError(rising[high], "a.test");
      EXPECT_EQ(Merged(Failed(rising[low]), Failed(rising[high])).error(), expected);
      EXPECT_EQ(Merged(Failed(rising[high]), Failed(rising[low])).error(), expected);
    }
  }
}

TEST(FamilyAnswers, SilenceIsATimeout) {
  EXPECT_EQ(FamilyAnswers().Take("a.test").error().reason(), Reason::kDnsTimeout);
}

}  // namespace
}  // namespace streampair
