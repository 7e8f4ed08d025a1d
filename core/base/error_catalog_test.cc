#include "core/base/error_catalog.h"

#include <netdb.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/base/error_table.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

absl::string_view SymbolOf(ErrorDomain domain, int32_t code) {
  const std::optional<ErrorName> name = LookUp({domain, 0, code});
  return name.has_value() ? name->symbol : "";
}

void ExpectWellFormed(absl::Span<const ErrorRow> table) {
  std::set<std::pair<int, int>> numbers;
  std::set<std::string> symbols;
  std::set<std::string> meanings;
  for (const ErrorRow& row : table) {
    EXPECT_TRUE(numbers.insert({row.subdomain, row.code}).second) << row.symbol;
    EXPECT_TRUE(symbols.insert(std::string(row.symbol)).second) << row.symbol;
    EXPECT_TRUE(meanings.insert(std::string(row.meaning)).second) << row.meaning;
    EXPECT_TRUE(absl::EndsWith(row.meaning, ".")) << row.symbol;
    EXPECT_LE(row.meaning.size(), 100u) << row.symbol;
  }
}

TEST(ErrorCatalog, TablesHaveNoNumberOrSymbolTwice) {
  ExpectWellFormed(PosixTable());
  ExpectWellFormed(NetDbTable());
}

TEST(ErrorCatalog, KnowsExactlyTheErrnosOfTheSystem) {
  for (int err = -10; err < 5000; ++err) {
    const char* symbol = err > 0 ? strerrorname_np(err) : nullptr;
    EXPECT_EQ(SymbolOf(ErrorDomain::kPosix, err), symbol == nullptr ? "" : symbol) << err;
  }
}

TEST(ErrorCatalog, KnowsTheResolverNumbersOfTheSystem) {
  const std::map<int, absl::string_view> expected = {
      {EAI_NONAME, "EAI_NONAME"},
      {EAI_AGAIN, "EAI_AGAIN"},
      {EAI_FAIL, "EAI_FAIL"},
      {EAI_NODATA, "EAI_NODATA"},
      {EAI_FAMILY, "EAI_FAMILY"},
      {EAI_SOCKTYPE, "EAI_SOCKTYPE"},
      {EAI_SERVICE, "EAI_SERVICE"},
      {EAI_ADDRFAMILY, "EAI_ADDRFAMILY"},
      {EAI_MEMORY, "EAI_MEMORY"},
      {EAI_SYSTEM, "EAI_SYSTEM"},
      {EAI_OVERFLOW, "EAI_OVERFLOW"},
      {EAI_INPROGRESS, "EAI_INPROGRESS"},
      {EAI_CANCELED, "EAI_CANCELED"},
      {EAI_NOTCANCELED, "EAI_NOTCANCELED"},
      {EAI_ALLDONE, "EAI_ALLDONE"},
      {EAI_INTR, "EAI_INTR"},
      {EAI_IDN_ENCODE, "EAI_IDN_ENCODE"},
      {HOST_NOT_FOUND, "HOST_NOT_FOUND"},
      {TRY_AGAIN, "TRY_AGAIN"},
      {NO_RECOVERY, "NO_RECOVERY"},
      {NO_DATA, "NO_DATA"},
      {NETDB_INTERNAL, "NETDB_INTERNAL"},
  };
  for (const auto& [code, symbol] : expected) {
    EXPECT_EQ(SymbolOf(ErrorDomain::kNetDb, code), symbol) << code;
  }
  EXPECT_EQ(NetDbTable().size(), expected.size());
}

TEST(ErrorCatalog, KnowsOurOwnCodes) {
  EXPECT_EQ(SymbolOf(ErrorDomain::kStreampair, 4), "PAIR_NOT_FOUND");
  EXPECT_EQ(SymbolOf(ErrorDomain::kStreampair, 23), "");
}

TEST(ErrorCatalog, HasNoNameForOtherNumbers) {
  EXPECT_EQ(LookUp({ErrorDomain::kPosix, 0, 0}), std::nullopt);
  EXPECT_EQ(LookUp({ErrorDomain::kPosix, 1, ECONNREFUSED}), std::nullopt);
  EXPECT_EQ(LookUp({ErrorDomain::kStreampair, 1, 1}), std::nullopt);
  EXPECT_EQ(LookUp({ErrorDomain::kStreampair, 0, 0}), std::nullopt);
  EXPECT_EQ(LookUp({ErrorDomain::kFtp, 0, 1}), std::nullopt);
  EXPECT_EQ(LookUp({static_cast<ErrorDomain>(555), 0, 1}), std::nullopt);
}

}  // namespace
}  // namespace streampair
