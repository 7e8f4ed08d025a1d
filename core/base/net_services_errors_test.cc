#include "core/base/net_services_errors.h"

#include <string>

#include "core/base/error_catalog.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

TEST(NetServicesErrors, EveryFunctionMakesItsRow) {
  const struct {
    Error (*make)(std::string);
    Stage stage;
    int code;
    Reason reason;
    bool retryable;
  } rows[] = {
      {ServiceUnavailable, Stage::kResolve, -72000, Reason::kDnsError, true},
      {ServiceNotFound, Stage::kResolve, -72002, Reason::kDnsError, false},
      {ServiceBadArgument, Stage::kRequest, -72004, Reason::kHttpRequestError, false},
      {ServiceInvalid, Stage::kResolve, -72006, Reason::kDnsError, false},
      {ServiceTimeout, Stage::kResolve, -72007, Reason::kDnsTimeout, true},
  };
  for (const auto& row : rows) {
    const Error error = row.make("text");
    EXPECT_EQ(error.id(), (ErrorId{ErrorDomain::kNetServices, 0, row.code}));
    EXPECT_EQ(error.stage(), row.stage) << error.ToString();
    EXPECT_EQ(error.reason(), row.reason) << error.ToString();
    EXPECT_EQ(error.retryable(), row.retryable) << error.ToString();
    EXPECT_EQ(error.detail(), "text");
  }
}

TEST(NetServicesErrors, TheCatalogKnowsTheContractsNumbers) {
  for (int code = -72000; code >= -72007; --code) {
    EXPECT_TRUE(LookUp({ErrorDomain::kNetServices, 0, code}).has_value()) << code;
  }
  EXPECT_EQ(LookUp({ErrorDomain::kNetServices, 0, -72007})->symbol, "kCFNetServicesErrorTimeout");
  EXPECT_FALSE(LookUp({ErrorDomain::kNetServices, 0, -72008}).has_value());
  EXPECT_FALSE(LookUp({ErrorDomain::kNetServices, 1, -72000}).has_value());
}

}  // namespace
}  // namespace streampair
