#include "server/convert/request_check.h"

#include "core/base/netdb_errors.h"
#include "core/base/streampair_errors.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

int32_t CodeOf(const RequestCheck& check) { return check.Verdict()->error.id().code; }

TEST(RequestCheck, IsContentWithNothingToSay) {
  RequestCheck check;
  EXPECT_TRUE(check.ok());
  EXPECT_FALSE(check.Verdict().has_value());
}

TEST(RequestCheck, NamesEveryFieldAndKeepsTheFirstError) {
  RequestCheck check;
  check.Refuse("a.b", "must be 1");
  check.Refuse("c", HostNameNotAscii("is not ASCII"));
  const auto failure = check.Verdict();
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->error.id(), InvalidRequest("x").id());
  EXPECT_EQ(failure->error.detail(), "a.b: must be 1");
  ASSERT_EQ(failure->violations.size(), 2u);
  EXPECT_EQ(failure->violations[0].field, "a.b");
  EXPECT_EQ(failure->violations[0].description, "must be 1");
  EXPECT_EQ(failure->violations[1].field, "c");
}

TEST(RequestCheck, KeepsTheTripleThatCoreGave) {
  RequestCheck check;
  check.Refuse("host", HostNameNotAscii("is not ASCII"));
  EXPECT_EQ(check.Verdict()->error.id(), HostNameNotAscii("x").id());
  EXPECT_EQ(check.Verdict()->error.reason(), HostNameNotAscii("x").reason());
}

TEST(RequestCheck, PutsWhatIsWrongBeforeWhatIsNotOffered) {
  RequestCheck check;
  check.NotOffered("properties[0].socks_proxy", "property socks_proxy");
  EXPECT_EQ(CodeOf(check), static_cast<int>(StreampairCode::kUnimplemented));
  EXPECT_EQ(check.Verdict()->error.detail(),
            "properties[0].socks_proxy: property socks_proxy: not offered by this server yet");
  check.Refuse("port", "must be 1 to 65535");
  EXPECT_EQ(CodeOf(check), static_cast<int>(StreampairCode::kInvalidRequest));
  EXPECT_EQ(check.Verdict()->violations.size(), 1u);
}

TEST(RequestCheck, BoundsWhatItCollects) {
  RequestCheck check;
  for (int i = 0; i < 1000; ++i) check.Refuse("x", "bad");
  EXPECT_EQ(check.Verdict()->violations.size(), 16u);
}

TEST(RequestCheck, AbsorbsAnother) {
  RequestCheck first;
  RequestCheck second;
  second.Refuse("b", "bad");
  first.Absorb(second);
  EXPECT_EQ(first.Verdict()->error.detail(), "b: bad");
  RequestCheck third;
  third.Refuse("a", "bad");
  third.Absorb(second);
  EXPECT_EQ(third.Verdict()->error.detail(), "a: bad");
  EXPECT_EQ(third.Verdict()->violations.size(), 2u);
}

TEST(Member, JoinsPaths) {
  EXPECT_EQ(Member("", "name"), "name");
  EXPECT_EQ(Member("spec", "target"), "spec.target");
  EXPECT_EQ(Element("spec.properties", 3), "spec.properties[3]");
}

}  // namespace
}  // namespace streampair
