#include "core/addr/idna.h"

#include <string>

#include "core/base/error.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

TEST(Idna, GivesALabels) {
  const struct {
    const char* text;
    const char* name;
  } rows[] = {
      {"b\xc3\xbc"
       "cher.example",
       "xn--bcher-kva.example"},
      {"B\xc3\x9c"
       "CHER.example",
       "xn--bcher-kva.example"},
      {"bu\xcc\x88"
       "cher.example",
       "xn--bcher-kva.example"},  // Not composed.
      {"stra\xc3\x9f"
       "e.example",
       "xn--strae-oqa.example"},  // Non-transitional.
      {"\xe4\xbe\x8b\xe3\x81\x88.\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88", "xn--r8jz45g.xn--zckzah"},
      {"\xe4\xbe\x8b\xe3\x80\x82test", "xn--fsq.test"},  // The ideographic full stop.
      {"\xef\xbd\x81.test", "a.test"},                   // Full-width.
  };
  for (const auto& row : rows) {
    const auto name = ToAsciiName(row.text);
    ASSERT_TRUE(name.ok()) << name.error().ToString();
    EXPECT_EQ(*name, row.name);
  }
}

TEST(Idna, RefusesWhatIsNoName) {
  for (const std::string& text :
       {std::string("\xff.test"), std::string("\xf0\x9f\x92\xa9.test"),  // An emoji.
        std::string("a\xcc\x88\xe2\x80\x8d.test"),                       // A joiner out of place.
        std::string("\xcc\x88.test"),                                    // A mark with no base.
        "\xc3\xbc" + std::string(70, 'a') + ".test", [] {
          std::string long_text;
          for (int i = 0; i < 600; ++i) long_text += "\xc3\xbc";
          return long_text;
        }()}) {
    const auto name = ToAsciiName(text);
    ASSERT_FALSE(name.ok()) << *name;
    EXPECT_EQ(name.error().id(), (ErrorId{ErrorDomain::kNetDb, 0, 1})) << name.error().ToString();
  }
}

}  // namespace
}  // namespace streampair
