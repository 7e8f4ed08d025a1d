#include "core/base/streampair_errors.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "core/base/error_catalog.h"
#include "core/base/streampair_table.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

using Make = Error (*)(std::string);

// In the order of the codes.
constexpr Make kFunctions[] = {
    InternalFault,    Unimplemented, InvalidRequest, PairNotFound,    NotHere,
    AlreadyAttached,  WrongState,    ChannelUnknown, ChannelReused,   CreditExceeded,
    MalformedMessage, AfterFinish,   Draining,       TooManyPairs,    PolicyDenied,
    PairReleased,     HoldExpired,   ClientGone,     MessageTooLarge, ResetByClient,
    QuotaExceeded,
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

// The cells of the table under the heading "## Streampair (1000)" of docs/errors.md.
std::vector<std::vector<std::string>> DocumentedRows() {
  std::ifstream file(
      absl::StrCat(getenv("TEST_SRCDIR"), "/", getenv("TEST_WORKSPACE"), "/docs/errors.md"));
  EXPECT_TRUE(file.is_open());
  std::vector<std::vector<std::string>> rows;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (absl::StartsWith(line, "## ")) inside = line == "## Streampair (1000)";
    if (!inside || !absl::StartsWith(line, "| ")) continue;
    absl::string_view cells = line;
    cells.remove_prefix(2);
    cells = absl::StripSuffix(cells, " |");
    rows.push_back(absl::StrSplit(cells, " | "));
  }
  return rows;
}

TEST(StreampairErrors, TheDocumentShowsTheSameTable) {
  const std::set<std::string> grpc_codes = {
      "CANCELLED",      "INVALID_ARGUMENT",    "NOT_FOUND",    "PERMISSION_DENIED", "ABORTED",
      "UNIMPLEMENTED",  "FAILED_PRECONDITION", "OUT_OF_RANGE", "DEADLINE_EXCEEDED", "INTERNAL",
      "ALREADY_EXISTS", "RESOURCE_EXHAUSTED",  "UNAVAILABLE",  "UNAUTHENTICATED",
  };
  const std::vector<std::vector<std::string>> rows = DocumentedRows();
  ASSERT_EQ(rows.size(), StreampairTable().size() + 2) << "a heading, a rule, and the rows";
  EXPECT_EQ(rows[0], (std::vector<std::string>{"Code", "Name", "Stage", "Reason", "Retryable",
                                               "gRPC status", "Meaning"}));
  for (size_t i = 0; i < StreampairTable().size(); ++i) {
    const StreampairRow& row = StreampairTable()[i];
    const std::vector<std::string>& cells = rows[i + 2];
    ASSERT_EQ(cells.size(), 7u) << row.symbol;
    EXPECT_EQ(cells[0], absl::StrCat(static_cast<int32_t>(row.code)));
    EXPECT_EQ(cells[1], row.symbol);
    EXPECT_EQ(cells[2], StageName(row.stage)) << row.symbol;
    EXPECT_EQ(cells[3], row.reason == Reason::kNone ? "-" : ReasonName(row.reason)) << row.symbol;
    EXPECT_EQ(cells[4], row.retryable ? "yes" : "no") << row.symbol;
    EXPECT_EQ(grpc_codes.count(cells[5]), 1u) << row.symbol << ": " << cells[5];
    EXPECT_EQ(cells[6], row.meaning);
  }
}

}  // namespace
}  // namespace streampair
