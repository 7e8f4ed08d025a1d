#include "core/addr/host_name.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/base/error.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

constexpr ErrorId kInvalid{ErrorDomain::kStreampair, 0, 3};
constexpr ErrorId kNotAscii{ErrorDomain::kNetDb, 0, 1};

// 63 + 1 + 63 + 1 + 63 + 1 + `last` bytes.
std::string Long(size_t last) {
  const std::string label(63, 'a');
  return absl::StrCat(label, ".", label, ".", label, ".", std::string(last, 'b'));
}

TEST(HostName, NormalisesCaseAndTheFinalDot) {
  EXPECT_EQ(HostName::Parse("WWW.Example.COM.")->str(), "www.example.com");
  EXPECT_EQ(HostName::Parse("localhost")->str(), "localhost");
  EXPECT_EQ(*HostName::Parse("A.b"), *HostName::Parse("a.B."));
}

TEST(HostName, AcceptsOddButUsableNames) {
  for (const absl::string_view text :
       {"a", "_sip._tcp.example.com", "-a.example", "a-.example", "xn--bcher-kva.example", "3com",
        "1.2.3.4a", "1.2.3.4.example", "0xg", "0x1.com", "web.1", "1-2", "1_2"}) {
    EXPECT_TRUE(HostName::Parse(text).ok()) << text;
  }
}

TEST(HostName, HoldsToTheLengthLimits) {
  EXPECT_EQ(Long(61).size(), 253u);
  EXPECT_TRUE(HostName::Parse(Long(61)).ok());
  EXPECT_TRUE(HostName::Parse(Long(61) + ".").ok());
  EXPECT_FALSE(HostName::Parse(Long(62)).ok());
  EXPECT_TRUE(HostName::Parse(std::string(63, 'a')).ok());
  EXPECT_FALSE(HostName::Parse(std::string(64, 'a')).ok());
  EXPECT_EQ(HostName::Parse(Long(62)).error().detail(),
            "host name has 254 bytes; the limit is 253");
  EXPECT_EQ(HostName::Parse("a." + std::string(64, 'a')).error().detail(),
            "label 2 of the host name has 64 bytes; the limit is 63");
}

TEST(HostName, RefusesEmptyNamesAndLabels) {
  for (const absl::string_view text : {"", ".", "..", "a..b", ".a", "a..", "a.b..."}) {
    const Result<HostName> name = HostName::Parse(text);
    ASSERT_FALSE(name.ok()) << text;
    EXPECT_EQ(name.error().id(), kInvalid) << text;
  }
}

TEST(HostName, RefusesEveryOtherAsciiByte) {
  for (int c = 1; c < 0x80; ++c) {
    const bool allowed = isalnum(c) || c == '-' || c == '_' || c == '.';
    const Result<HostName> name = HostName::Parse(absl::StrCat("a", std::string(1, c), "b"));
    ASSERT_EQ(name.ok(), allowed) << c;
    if (allowed) continue;
    EXPECT_EQ(name.error().id(), kInvalid) << c;
  }
}

TEST(HostName, ReportsNulAndOtherAlphabetsAsTheContractDoes) {
  using namespace std::string_literals;
  for (const std::string& text : {"a\0b"s, "\0"s, "a\0"s, "\xc3\xbc\0.example"s, "\x80"s, "a\xff"s,
                                  std::string(300, '\xc3')}) {
    const Result<HostName> name = HostName::Parse(text);
    ASSERT_FALSE(name.ok()) << text;
    EXPECT_EQ(name.error().id(), kNotAscii) << text;
    EXPECT_EQ(name.error().stage(), Stage::kRequest);
  }
}

TEST(HostName, RefusesWhatOldLibrariesReadAsAnAddress) {
  for (const absl::string_view text :
       {"1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "1.2.3.4.",
        "010.0.0.1", "256.1.1.1", "1.2.3.4.5", "0x", "0X7F.1", "0x7f.0x0.0x0.0x1", "00000000000"}) {
    const Result<HostName> name = HostName::Parse(text);
    ASSERT_FALSE(name.ok()) << text;
    EXPECT_EQ(name.error().id(), kInvalid) << text;
    EXPECT_TRUE(absl::StrContains(name.error().detail(), "only of numbers")) << text;
  }
}

TEST(HostName, DoesNotRepeatWhatItRefuses) {
  const Result<HostName> name = HostName::Parse("user:secret@example.com");
  ASSERT_FALSE(name.ok());
  EXPECT_FALSE(absl::StrContains(name.error().ToString(), "secret"));
}

}  // namespace
}  // namespace streampair
