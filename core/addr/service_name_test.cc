#include "core/addr/service_name.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/error.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

TEST(ServiceName, TakesTheContractsThreeParts) {
  const auto name = ServiceName::Make("Printer on the left", "_http._tcp", "");
  ASSERT_TRUE(name.ok());
  EXPECT_EQ(name->domain(), "local");
  EXPECT_TRUE(name->is_local());
  EXPECT_EQ(name->ToString(), "Printer on the left._http._tcp.local");

  const auto dotted = ServiceName::Make("St. \\ \xc3\x89tienne", "_IPP._TCP.", "Example.COM.");
  ASSERT_TRUE(dotted.ok());
  EXPECT_EQ(dotted->type(), "_ipp._tcp");
  EXPECT_EQ(dotted->domain(), "example.com");
  EXPECT_FALSE(dotted->is_local());
  EXPECT_EQ(dotted->ToDnsName(), "St\\. \\\\ \xc3\x89tienne._ipp._tcp.example.com");
  EXPECT_TRUE(ServiceName::Make("x", "_a-1._tcp", "dept.local").value().is_local());
  EXPECT_TRUE(ServiceName::Make(std::string(63, 'x'), "_fifteen-letters._tcp", "a").ok());
}

TEST(ServiceName, EachRefusalIsTheContractsBadArgument) {
  const struct {
    std::string instance, type, domain, says;
  } rows[] = {
      {"", "_http._tcp", "", "1 to 63"},
      {std::string(64, 'x'), "_http._tcp", "", "is 64"},
      {"\xff", "_http._tcp", "", "UTF-8"},
      {std::string("a\0b", 3), "_http._tcp", "", "control"},
      {"tab\t", "_http._tcp", "", "control"},
      {"x", "", "", "underscore"},
      {"x", "http._tcp", "", "underscore"},
      {"x", "_http.tcp", "", "underscore"},
      {"x", "_http", "", "two labels"},
      {"x", "_sub._http._tcp", "", "two labels"},
      {"x", "_http._tcp.local", "", "two labels"},
      {"x", "_http._udp", "", "_tcp"},
      {"x", "_._tcp", "", "letters"},
      {"x", "_123._tcp", "", "letter"},
      {"x", "_-a._tcp", "", "hyphens"},
      {"x", "_a--b._tcp", "", "hyphens"},
      {"x", "_sixteen-letters-._tcp", "", "15"},
      {"x", "_a_b._tcp", "", "letters"},
      {"x", "_http._tcp", "a b", "domain"},
      {"x", "_http._tcp", "..", "domain"},
      {"x", "_http._tcp", "127.0.0.1", "domain"},
      {std::string(63, 'x'), "_http._tcp",
       absl::StrCat(std::string(63, 'a'), ".", std::string(63, 'b'), ".", std::string(60, 'c')),
       "255"},
  };
  for (const auto& row : rows) {
    const auto name = ServiceName::Make(row.instance, row.type, row.domain);
    ASSERT_FALSE(name.ok()) << row.instance << " " << row.type << " " << row.domain;
    EXPECT_EQ(name.error().id(), (ErrorId{ErrorDomain::kNetServices, 0, -72004}));
    EXPECT_EQ(name.error().stage(), Stage::kRequest);
    EXPECT_NE(name.error().detail().find(row.says), absl::string_view::npos)
        << name.error().detail();
  }
}

}  // namespace
}  // namespace streampair
