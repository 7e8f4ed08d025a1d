#include "core/base/streampair_errors.h"

#include <iterator>
#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "core/base/error_catalog.h"
#include "core/base/streampair_table.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

using Make = Error (*)(std::string);

// In the order of the codes.
constexpr Make kFunctions[] = {
    InternalFault,    Unimplemented,   InvalidRequest, PairNotFound,    NotHere,
    AlreadyAttached,  WrongState,      ChannelUnknown, ChannelReused,   CreditExceeded,
    MalformedMessage, AfterFinish,     Draining,       TooManyPairs,    PolicyDenied,
    PairReleased,     HoldExpired,     ClientGone,     MessageTooLarge, ResetByClient,
    QuotaExceeded,    Unauthenticated,
};

TEST(StreampairErrors, EveryRowHasAFunctionThatMakesIt) {
  ASSERT_EQ(std::size(kFunctions), StreampairTable().size());
  for (size_t i = 0; i < std::size(kFunctions); ++i) {
    const StreampairRow& row = StreampairTable()[i];
    EXPECT_EQ(static_cast<size_t>(row.code), i + 1);
    const Error error = kFunctions[i]("text");
    EXPECT_EQ(error.id(), (ErrorId{ErrorDomain::kStreampair, 0, static_cast<int32_t>(i + 1)}));
    EXPECT_EQ(error.stage(), row.stage);
    EXPECT_EQ(error.reason(), row.reason);
    EXPECT_EQ(error.retryable(), row.retryable);
    EXPECT_EQ(error.detail(), "text");
    EXPECT_EQ(LookUp(error.id()), (ErrorName{row.symbol, row.meaning}));
  }
}

TEST(StreampairErrors, SymbolsFitErrorInfo) {
  std::set<std::string> seen;
  for (const StreampairRow& row : StreampairTable()) {
    EXPECT_TRUE(seen.insert(std::string(row.symbol)).second) << row.symbol;
    EXPECT_GE(row.symbol.size(), 3u);
    EXPECT_LE(row.symbol.size(), 63u);
    for (const char c : row.symbol) EXPECT_TRUE(absl::ascii_isupper(c) || c == '_') << row.symbol;
  }
}

}  // namespace
}  // namespace streampair
