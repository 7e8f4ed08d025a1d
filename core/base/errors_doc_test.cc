// docs/errors.md shows the tables that stand in the code. Neither may be changed alone.

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "core/base/error.h"
#include "core/base/error_catalog.h"
#include "core/base/error_table.h"
#include "core/base/net_services_errors.h"
#include "core/base/netdb_errors.h"
#include "core/base/posix_errors.h"
#include "core/base/ssl_table.h"
#include "core/base/streampair_table.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

using Row = std::vector<std::string>;

std::string Text(Reason reason) {
  return reason == Reason::kNone ? "-" : std::string(ReasonName(reason));
}

std::string Text(bool claim) { return claim ? "yes" : "no"; }

// The rows of the table under `heading`, without the column heads, which have to be `columns`.
std::vector<Row> Documented(absl::string_view heading, const Row& columns) {
  std::ifstream file(
      absl::StrCat(getenv("TEST_SRCDIR"), "/", getenv("TEST_WORKSPACE"), "/docs/errors.md"));
  EXPECT_TRUE(file.is_open());
  std::vector<Row> rows;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (absl::StartsWith(line, "#")) inside = line == absl::StrCat("## ", heading);
    if (!inside || !absl::StartsWith(line, "| ")) continue;
    absl::string_view cells = line;
    cells.remove_prefix(2);
    rows.push_back(absl::StrSplit(absl::StripSuffix(cells, " |"), " | "));
    EXPECT_EQ(rows.back().size(), columns.size()) << line;
    rows.back().resize(columns.size());
  }
  EXPECT_GE(rows.size(), 2u) << heading;
  if (rows.size() < 2) return {};
  EXPECT_EQ(rows[0], columns);
  rows.erase(rows.begin(), rows.begin() + 2);
  return rows;
}

TEST(ErrorsDocument, ListsEveryDomain) {
  std::map<std::string, std::string> documented;
  for (const Row& row : Documented("Domains", {"Domain", "Number", "Codes"})) {
    documented[row[1]] = row[0];
  }
  std::map<std::string, std::string> known;
  for (int number = -10; number <= 2000; ++number) {
    const absl::string_view name = DomainName(static_cast<ErrorDomain>(number));
    if (!name.empty()) known[absl::StrCat(number)] = std::string(name);
  }
  EXPECT_EQ(documented, known);
}

TEST(ErrorsDocument, ListsEveryStage) {
  const std::vector<Row> rows = Documented("Stages", {"Stage", "Where", "Who has to act"});
  ASSERT_EQ(rows.size(), static_cast<size_t>(Stage::kInternal) + 1);
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i][0], StageName(static_cast<Stage>(i)));
  }
}

TEST(ErrorsDocument, ListsEveryStreampairCode) {
  const std::set<std::string> grpc_codes = {
      "CANCELLED",      "INVALID_ARGUMENT",    "NOT_FOUND",    "PERMISSION_DENIED", "ABORTED",
      "UNIMPLEMENTED",  "FAILED_PRECONDITION", "OUT_OF_RANGE", "DEADLINE_EXCEEDED", "INTERNAL",
      "ALREADY_EXISTS", "RESOURCE_EXHAUSTED",  "UNAVAILABLE",  "UNAUTHENTICATED",
  };
  const std::vector<Row> rows =
      Documented("Streampair (1000)",
                 {"Code", "Name", "Stage", "Reason", "Retryable", "gRPC status", "Meaning"});
  ASSERT_EQ(rows.size(), StreampairTable().size());
  for (size_t i = 0; i < rows.size(); ++i) {
    const StreampairRow& row = StreampairTable()[i];
    EXPECT_EQ(rows[i], (Row{absl::StrCat(static_cast<int32_t>(row.code)), std::string(row.symbol),
                            std::string(StageName(row.stage)), Text(row.reason),
                            Text(row.retryable), rows[i][5], std::string(row.meaning)}));
    EXPECT_EQ(grpc_codes.count(rows[i][5]), 1u) << row.symbol << ": " << rows[i][5];
  }
}

using MakeError = Error (*)(std::string);

// The table of a domain of which each function makes a row; when it does is told only there.
void ExpectDocumented(absl::string_view heading, const std::vector<MakeError>& functions) {
  std::set<Row> documented;
  for (Row row : Documented(heading, {"Code", "Name", "Stage", "Reason", "Retryable", "When"})) {
    row.pop_back();
    documented.insert(std::move(row));
  }
  std::set<Row> produced;
  for (const MakeError make : functions) {
    const Error error = make("");
    produced.insert({absl::StrCat(error.id().code), std::string(LookUp(error.id())->symbol),
                     std::string(StageName(error.stage())), Text(error.reason()),
                     Text(error.retryable())});
  }
  EXPECT_EQ(documented, produced);
}

TEST(ErrorsDocument, ListsEveryNetDbErrorThatIsProduced) {
  ExpectDocumented("NetDB (12)", {HostNameNotAscii, NameUnknown, NoAddress, ResolverTimeout,
                                  ResolverTemporaryFailure, ResolverFailed, ResolverOutOfMemory});
}

TEST(ErrorsDocument, ListsEveryNetServicesErrorThatIsProduced) {
  ExpectDocumented("NetServices (10)", {ServiceUnavailable, ServiceNotFound, ServiceBadArgument,
                                        ServiceInvalid, ServiceTimeout});
}

TEST(ErrorsDocument, ListsEverySslCode) {
  const std::vector<Row> rows = Documented(
      "SSL (3)", {"Code", "Name", "Reason", "Retryable before the pair is open", "Meaning"});
  ASSERT_EQ(rows.size(), SslTable().size());
  for (size_t i = 0; i < rows.size(); ++i) {
    const SslRow& row = SslTable()[i];
    EXPECT_EQ(rows[i], (Row{absl::StrCat(row.name.code), std::string(row.name.symbol),
                            Text(row.reason), Text(row.retryable), std::string(row.name.meaning)}));
  }
}

TEST(ErrorsDocument, TellsReasonAndRetryOfEveryErrno) {
  // By symbol: the reason in the stages connect and stream, and retryability.
  std::map<std::string, Row> documented;
  for (const Row& row : Documented("POSIX (1)", {"Numbers", "Reason", "In stage stream",
                                                 "Retryable before the pair is open"})) {
    for (const absl::string_view symbol : absl::StrSplit(row[0], ", ")) {
      documented[std::string(symbol)] = {row[1], row[2], row[3]};
    }
  }
  ASSERT_EQ(documented.count("all others"), 1u);
  const Row others = documented["all others"];
  for (const ErrorRow& row : PosixTable()) {
    const auto known = documented.find(std::string(row.symbol));
    const Error connecting = PosixError(Stage::kConnect, row.code, "");
    const Error open = PosixError(Stage::kStream, row.code, "");
    EXPECT_EQ(known == documented.end() ? others : known->second,
              (Row{Text(connecting.reason()), Text(open.reason()), Text(connecting.retryable())}))
        << row.symbol;
  }
}

}  // namespace
}  // namespace streampair
