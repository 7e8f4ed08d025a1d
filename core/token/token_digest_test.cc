#include "core/token/token_digest.h"

#include <string>

#include "gtest/gtest.h"

namespace streampair {
namespace {

// FIPS 180-2, appendix B.1.
constexpr char kAbc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(TokenDigest, IsTheSha256) {
  EXPECT_EQ(DigestOf("abc"), ParseTokenDigest(kAbc));
  EXPECT_NE(DigestOf("abd"), ParseTokenDigest(kAbc));
}

TEST(TokenDigest, IsReadFrom64HexadecimalDigitsOnly) {
  std::string upper = kAbc;
  for (char& c : upper) c = static_cast<char>(toupper(c));
  EXPECT_EQ(ParseTokenDigest(upper), ParseTokenDigest(kAbc));
  EXPECT_FALSE(ParseTokenDigest(std::string(kAbc).substr(1)));
  EXPECT_FALSE(ParseTokenDigest(std::string(kAbc) + "0"));
  std::string wrong = kAbc;
  wrong[63] = 'g';
  EXPECT_FALSE(ParseTokenDigest(wrong));
  EXPECT_FALSE(ParseTokenDigest(""));
}

}  // namespace
}  // namespace streampair
