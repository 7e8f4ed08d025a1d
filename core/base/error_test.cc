#include "core/base/error.h"

#include <set>
#include <string>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

constexpr ErrorId kRefused{ErrorDomain::kPosix, 0, 111};

TEST(ErrorId, PacksTheCodeAloneOutsideSocks) {
  EXPECT_EQ((ErrorId{ErrorDomain::kPosix, 0, 111}).packed(), 111);
  EXPECT_EQ((ErrorId{ErrorDomain::kSsl, 0, -9806}).packed(), -9806);
  EXPECT_EQ((ErrorId{ErrorDomain::kNetServices, 0, -72007}).packed(), -72007);
}

TEST(ErrorId, PacksSubdomainAndCodeForSocks) {
  EXPECT_EQ((ErrorId{ErrorDomain::kSocks, 5, 1}).packed(), 0x50001);
  EXPECT_EQ((ErrorId{ErrorDomain::kSocks, 0, 1}).packed(), 1);
  EXPECT_EQ((ErrorId{ErrorDomain::kSocks, 4, 0xff}).packed(), 0x400ff);
  EXPECT_EQ((ErrorId{ErrorDomain::kSocks, 2, -1}).packed(), 0x2ffff);
  EXPECT_EQ((ErrorId{ErrorDomain::kSocks, 0, -1}).packed(), 0xffff);
  EXPECT_EQ((ErrorId{ErrorDomain::kSocks, 0xffff, 1}).packed(), static_cast<int32_t>(0xffff0001));
}

TEST(ErrorId, ReadsAsDomainAndNumbers) {
  EXPECT_EQ(kRefused.ToString(), "POSIX/111");
  EXPECT_EQ((ErrorId{ErrorDomain::kSocks, 5, 1}).ToString(), "SOCKS/5/1");
  EXPECT_EQ((ErrorId{static_cast<ErrorDomain>(77), 0, 3}).ToString(), "77/3");
}

TEST(ErrorId, NamesEveryDomainAndNoOtherNumber) {
  std::set<std::string> names;
  for (int number = -2; number <= 2000; ++number) {
    const absl::string_view name = DomainName(static_cast<ErrorDomain>(number));
    if (name.empty()) continue;
    EXPECT_TRUE(names.insert(std::string(name)).second) << name;
  }
  EXPECT_EQ(names.size(), 13u);
}

TEST(Stage, NamesAreDistinctWords) {
  std::set<std::string> names;
  for (int i = 0; i <= static_cast<int>(Stage::kInternal); ++i) {
    const absl::string_view name = StageName(static_cast<Stage>(i));
    EXPECT_FALSE(name.empty());
    EXPECT_TRUE(names.insert(std::string(name)).second) << name;
  }
  EXPECT_EQ(names.size(), 9u);
}

TEST(Reason, NamesAreDistinctAndOnlyNoneIsEmpty) {
  std::set<std::string> names;
  for (int i = 0; i <= static_cast<int>(Reason::kProxyLoopDetected); ++i) {
    const absl::string_view name = ReasonName(static_cast<Reason>(i));
    EXPECT_EQ(name.empty(), i == 0);
    EXPECT_TRUE(names.insert(std::string(name)).second) << name;
  }
  EXPECT_EQ(names.size(), 22u);
}

TEST(Error, KeepsWhatItIsMadeOf) {
  const Error error(Stage::kConnect, kRefused, Reason::kConnectionRefused, "connect");
  EXPECT_EQ(error.stage(), Stage::kConnect);
  EXPECT_EQ(error.id(), kRefused);
  EXPECT_EQ(error.reason(), Reason::kConnectionRefused);
  EXPECT_EQ(error.detail(), "connect");
  EXPECT_EQ(error.address(), "");
  EXPECT_FALSE(error.retryable());
}

TEST(Error, TakesAddressAndRetryability) {
  const Error error = Error(Stage::kConnect, kRefused, Reason::kConnectionRefused, "connect")
                          .WithAddress("192.0.2.1:80")
                          .WithRetryable(true);
  EXPECT_EQ(error.address(), "192.0.2.1:80");
  EXPECT_TRUE(error.retryable());
  EXPECT_EQ(error.detail(), "connect");
}

TEST(Error, ReadsAsOneLine) {
  EXPECT_EQ(Error(Stage::kConnect, kRefused, Reason::kConnectionRefused, "connect")
                .WithAddress("192.0.2.1:80")
                .ToString(),
            "connect: POSIX/111 connection_refused [192.0.2.1:80]: connect");
  EXPECT_EQ(Error(Stage::kStream, kRefused, Reason::kNone, "x").ToString(), "stream: POSIX/111: x");
}

TEST(Error, IsEqualWhenEveryPartIs) {
  const Error a(Stage::kConnect, kRefused, Reason::kConnectionRefused, "connect");
  EXPECT_EQ(a, Error(a));
  EXPECT_NE(a, Error(a).WithAddress("192.0.2.1:80"));
  EXPECT_NE(a, Error(a).WithRetryable(true));
  EXPECT_NE(a, Error(Stage::kProxy, kRefused, Reason::kConnectionRefused, "connect"));
}

TEST(Error, AllowsACodeOfZeroInASubdomain) {
  const Error error(Stage::kProxy, {ErrorDomain::kSocks, 3, 0}, Reason::kNone, "x");
  EXPECT_EQ(error.id().packed(), 0x30000);
}

TEST(ErrorDeathTest, RefusesToBeNoError) {
  EXPECT_DEATH((void)Error(Stage::kConnect, {ErrorDomain::kPosix, 0, 0}, Reason::kNone, "x"),
               "check failed");
}

}  // namespace
}  // namespace streampair
