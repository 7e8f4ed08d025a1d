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

TEST(SslErrors, EveryAlertHasTheContractsNumber) {
  const std::pair<int, int> expected[] = {
      {10, -9819},  {20, -9820},  {21, -9821},  {22, -9822},  {30, -9823},  {40, -9824},
      {41, -9802},  {42, -9825},  {43, -9826},  {44, -9827},  {45, -9828},  {46, -9829},
      {47, -9830},  {48, -9831},  {49, -9832},  {50, -9833},  {51, -9834},  {60, -9835},
      {70, -9836},  {71, -9837},  {80, -9838},  {86, -9860},  {90, -9839},  {100, -9840},
      {109, -9861}, {110, -9855}, {111, -9802}, {112, -9865}, {113, -9862}, {114, -9802},
      {115, -9864}, {116, -9863}, {120, -9802}, {121, -9802}, {255, -9802}};
  for (const auto& [alert, code] : expected) {
    EXPECT_EQ(static_cast<int>(CodeForAlert(static_cast<uint8_t>(alert))), code) << alert;
  }
}

}  // namespace
}  // namespace streampair
