#include "server/text.h"

#include "gtest/gtest.h"

namespace streampair {
namespace {

TEST(PresentableText, LeavesPlainTextAlone) {
  EXPECT_EQ(PresentableText("", 3), "");
  EXPECT_EQ(PresentableText("connect: refused", 100), "connect: refused");
  EXPECT_EQ(PresentableText("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x99\x82", 100),
            "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x99\x82");
}

TEST(PresentableText, ReplacesControlCharacters) {
  EXPECT_EQ(PresentableText(absl::string_view("a\0b\nc\x7f", 6), 100), "a?b?c?");
}

TEST(PresentableText, ReplacesWhatIsNotUtf8ByteByByte) {
  EXPECT_EQ(PresentableText("a\xff\xfe", 100), "a??");
  EXPECT_EQ(PresentableText("\xc0\xaf", 100), "??");            // Overlong.
  EXPECT_EQ(PresentableText("\xed\xa0\x80", 100), "???");       // A surrogate.
  EXPECT_EQ(PresentableText("\xf4\x90\x80\x80", 100), "????");  // Above U+10FFFF.
  EXPECT_EQ(PresentableText("\xe2\x82", 100), "??");            // Cut short.
}

TEST(PresentableText, CutsAtACharactersEdge) {
  EXPECT_EQ(PresentableText("abcdef", 6), "abcdef");
  EXPECT_EQ(PresentableText("abcdefg", 6), "abc...");
  EXPECT_EQ(PresentableText("ab\xe2\x82\xac\xe2\x82\xac", 7), "ab...");
  EXPECT_EQ(PresentableText("ab\xe2\x82\xac\xe2\x82\xac", 8), "ab\xe2\x82\xac\xe2\x82\xac");
  EXPECT_EQ(PresentableText("abcdef", 3), "...");
}

}  // namespace
}  // namespace streampair
