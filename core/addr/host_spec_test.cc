#include "core/addr/host_spec.h"

#include <string>
#include <variant>

#include "core/base/error.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

TEST(HostSpec, AnAddressLiteralIsAnAddress) {
  const Result<HostSpec> v4 = ParseHost("192.0.2.1");
  ASSERT_TRUE(v4.ok());
  EXPECT_EQ(std::get<IpAddress>(*v4), *IpAddress::Parse("192.0.2.1"));
  const Result<HostSpec> v6 = ParseHost("2001:DB8::1");
  ASSERT_TRUE(v6.ok());
  EXPECT_EQ(ToString(*v6), "2001:db8::1");
}

TEST(HostSpec, EverythingElseIsAName) {
  const Result<HostSpec> name = ParseHost("Example.com.");
  ASSERT_TRUE(name.ok());
  EXPECT_EQ(std::get<HostName>(*name).str(), "example.com");
  EXPECT_EQ(ToString(*name), "example.com");
}

TEST(HostSpec, WhatOnlyLooksLikeAnAddressIsAnError) {
  for (const char* text :
       {"", "127.1", "010.0.0.1", "0x7f000001", "[::1]", "::1%lo", "fe80::1%eth0", "1.2.3.4:80",
        "example.com:80", "1.2.3.4.", ":", "::g"}) {
    const Result<HostSpec> host = ParseHost(text);
    ASSERT_FALSE(host.ok()) << text;
    EXPECT_EQ(host.error().id(), (ErrorId{ErrorDomain::kStreampair, 0, 3})) << text;
  }
}

TEST(HostSpec, ShortFormsAreAddressesIfAllowed) {
  const auto parse = [](absl::string_view text) {
    const Result<HostSpec> host = ParseHost(text, ShortForms::kAllowed);
    return host.ok() ? ToString(*host) : "refused";
  };
  EXPECT_EQ(parse("127.1"), "127.0.0.1");
  EXPECT_EQ(parse("0x7f.1"), "127.0.0.1");
  EXPECT_EQ(parse("0X7F000001"), "127.0.0.1");
  EXPECT_EQ(parse("2130706433"), "127.0.0.1");
  EXPECT_EQ(parse("0177.0.0.01"), "127.0.0.1");
  EXPECT_EQ(parse("010.1.65535"), "8.1.255.255");
  EXPECT_EQ(parse("0"), "0.0.0.0");
  EXPECT_EQ(parse("255.255.255.255"), "255.255.255.255");
  for (const char* text : {"256.1", "1.2.3.256", "1.2.65536", "4294967296", "08", "0x", "1..2",
                           "1.", "1.2.3.4.5", "1.2.3.4 "}) {
    EXPECT_EQ(parse(text), "refused") << text;
  }
  EXPECT_EQ(parse("host.1a"), "host.1a");
}

TEST(HostSpec, TakesInternationalisedNamesInTheirOneForm) {
  EXPECT_EQ(ToString(ParseHost("B\xc3\xbc"
                               "cher.Example.")
                         .value()),
            "xn--bcher-kva.example");
  // Full-width digits are digits, and the name is then no name.
  EXPECT_EQ(ParseHost("\xef\xbc\x91.1.1.1").error().id(),
            (ErrorId{ErrorDomain::kStreampair, 0, 3}));
}

TEST(HostSpec, KeepsTheContractsErrorForWhatIsNoName) {
  EXPECT_EQ(ParseHost("\xff.example").error().id(), (ErrorId{ErrorDomain::kNetDb, 0, 1}));
  EXPECT_EQ(ParseHost(std::string("a\0b", 3)).error().id(), (ErrorId{ErrorDomain::kNetDb, 0, 1}));
}

}  // namespace
}  // namespace streampair
