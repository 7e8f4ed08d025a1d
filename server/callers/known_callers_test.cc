#include "server/callers/known_callers.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/streampair_errors.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

// Of "abc" and "abd".
constexpr char kAbc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr char kAbd[] = "a52d159f262b2c6ddb724a61840befc36eb30c88877a4030b65cbe86298449c9";

TokenTable TableOf(const std::string& text) {
  std::vector<TokenTable::Fault> faults;
  TokenTable table = TokenTable::Parse(text, faults);
  for (const auto& fault : faults) ADD_FAILURE() << fault.line << ": " << fault.message;
  return table;
}

std::string Whose(const KnownCallers& callers, absl::string_view token, absl::Time now) {
  const auto known = callers.Identify(token, now);
  if (known.ok()) return known->principal;
  EXPECT_EQ(known.error().id().code, static_cast<int>(StreampairCode::kUnauthenticated));
  EXPECT_EQ(known.error().detail().find(token), std::string::npos) << known.error().detail();
  return std::string(known.error().detail());
}

TEST(KnownCallers, AreWhoseTokensAre) {
  const KnownCallers callers(TableOf(absl::StrCat("# Whose they are\n\n", kAbc, " ci\r\n\t ", kAbd,
                                                  "\tops  2026-01-01T01:00:00+01:00\n#end")));
  const absl::Time end = absl::FromCivil(absl::CivilDay(2026, 1, 1), absl::UTCTimeZone());
  const absl::Time before = end - absl::Nanoseconds(1);
  EXPECT_EQ(callers.tokens(), 2u);
  EXPECT_EQ(Whose(callers, "abc", before), "token:ci");
  EXPECT_EQ(Whose(callers, "abc", end + absl::Hours(1)), "token:ci");
  EXPECT_EQ(Whose(callers, "abd", before), "token:ops");
  EXPECT_EQ(callers.Identify("abd", before)->until, end);
  EXPECT_EQ(Whose(callers, "abd", end), "the token has expired");
  EXPECT_EQ(Whose(callers, "abe", before), "the token is not known");
  EXPECT_EQ(Whose(callers, kAbc, before), "the token is not known") << "the digest is no token";
  EXPECT_EQ(Whose(callers, std::string(KnownCallers::kMostTokenBytes + 1, 'a'), before),
            "the token is too long");
}

TEST(KnownCallers, FilesWithFaultsSayWhereAndNotWhat) {
  const struct {
    std::string text;
    int line;
    const char* message;
  } kCases[] = {
      {"secret ci", 1, "must begin with the 64 hexadecimal digits of a token's SHA-256"},
      {absl::StrCat("\n", kAbc), 2, "must be a SHA-256, a name and, if it shall expire, a time"},
      {absl::StrCat(kAbc, " ci 2026-01-01T00:00:00Z x"), 1,
       "must be a SHA-256, a name and, if it shall expire, a time"},
      {absl::StrCat(kAbc, " c*"), 1,
       "the name must be 1 to 128 printable ASCII characters without '*'"},
      {absl::StrCat(kAbc, " ", std::string(129, 'a')), 1,
       "the name must be 1 to 128 printable ASCII characters without '*'"},
      {absl::StrCat(kAbc, " ci 2026-01-01"), 1, "the time must be like 2027-01-01T00:00:00Z"},
      {absl::StrCat(kAbc, " ci\n#\n", kAbc, " ops"), 3, "the token stands there twice"},
  };
  for (const auto& c : kCases) {
    std::vector<TokenTable::Fault> faults;
    TokenTable::Parse(c.text, faults);
    ASSERT_EQ(faults.size(), 1u) << c.text;
    EXPECT_EQ(faults[0].line, c.line) << c.text;
    EXPECT_EQ(faults[0].message, c.message) << c.text;
  }
}

TEST(BearerToken, IsWhatFollowsTheScheme) {
  for (const char* header : {"Bearer abc", "bearer abc", "BEARER   abc"}) {
    const auto token = BearerTokenOf(header);
    ASSERT_TRUE(token.ok()) << header;
    EXPECT_EQ(*token, "abc");
  }
  for (const char* header : {"", "abc", "Bearer", "Bearer ", "Bearerabc", "Basic YTpi",
                             "Bearer a b", "Bearer a\x7f", "Bearer \xc3\xa4"}) {
    EXPECT_FALSE(BearerTokenOf(header).ok()) << header;
  }
}

}  // namespace
}  // namespace streampair
