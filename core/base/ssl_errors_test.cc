#include "core/base/ssl_errors.h"

#include <set>

#include "core/base/error_catalog.h"
#include "core/base/ssl_table.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

TEST(SslErrors, EveryRowMakesAnErrorThatTheCatalogKnows) {
  std::set<int> seen;
  for (const SslRow& row : SslTable()) {
    EXPECT_TRUE(seen.insert(row.name.code).second) << row.name.code;
    const Error error = SslError(Stage::kTls, static_cast<SslCode>(row.name.code), "text");
    EXPECT_EQ(error.id(), (ErrorId{ErrorDomain::kSsl, 0, row.name.code}));
    EXPECT_EQ(error.stage(), Stage::kTls);
    EXPECT_EQ(error.reason(), row.reason);
    EXPECT_EQ(error.retryable(), row.retryable);
    ASSERT_TRUE(LookUp(error.id()).has_value());
    EXPECT_EQ(LookUp(error.id())->symbol, row.name.symbol);
    EXPECT_FALSE(SslError(Stage::kStream, static_cast<SslCode>(row.name.code), "").retryable());
  }
}

}  // namespace
}  // namespace streampair
