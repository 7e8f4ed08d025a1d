#include "core/base/netdb_errors.h"

#include <netdb.h>

#include <string>

#include "core/base/error_catalog.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

struct Expected {
  Error (*make)(std::string);
  Stage stage;
  int code;
  Reason reason;
  bool retryable;
};

TEST(NetDbErrors, EveryFunctionMakesItsRow) {
  const Expected rows[] = {
      {HostNameNotAscii, Stage::kRequest, 1, Reason::kHttpRequestError, false},
      {NameUnknown, Stage::kResolve, EAI_NONAME, Reason::kDnsError, false},
      {NoAddress, Stage::kResolve, EAI_NODATA, Reason::kDnsError, false},
      {ResolverTimeout, Stage::kResolve, EAI_AGAIN, Reason::kDnsTimeout, true},
      {ResolverTemporaryFailure, Stage::kResolve, EAI_AGAIN, Reason::kDnsError, true},
      {ResolverFailed, Stage::kResolve, EAI_FAIL, Reason::kDnsError, false},
      {ResolverOutOfMemory, Stage::kResolve, EAI_MEMORY, Reason::kDnsError, true},
  };
  for (const Expected& row : rows) {
    const Error error = row.make("text");
    EXPECT_EQ(error.id(), (ErrorId{ErrorDomain::kNetDb, 0, row.code}));
    EXPECT_EQ(error.stage(), row.stage) << error.ToString();
    EXPECT_EQ(error.reason(), row.reason) << error.ToString();
    EXPECT_EQ(error.retryable(), row.retryable) << error.ToString();
    EXPECT_EQ(error.detail(), "text");
    EXPECT_TRUE(LookUp(error.id()).has_value()) << error.ToString();
  }
}

}  // namespace
}  // namespace streampair
