// Runs the tests of the contract and says how much of it they cover: every symbol of the original's
// document (symbols.txt) has a row in docs/cfstream.md, every row names an element of the protos
// and a test of this program, and that test has passed.
#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "streampair/v1/stream_pair_service.pb.h"

namespace streampair::testing {
namespace {

struct Row {
  std::string symbol;
  std::string element;
  std::string test;
};

std::ifstream Open(const std::string& path) {
  std::ifstream file(absl::StrCat(getenv("TEST_SRCDIR"), "/", getenv("TEST_WORKSPACE"), "/", path));
  EXPECT_TRUE(file.is_open()) << path;
  return file;
}

std::string Unquoted(absl::string_view cell) {
  return std::string(absl::StripSuffix(absl::StripPrefix(cell, "`"), "`"));
}

std::vector<Row> ReadTable() {
  std::vector<Row> rows;
  std::ifstream file = Open("docs/cfstream.md");
  for (std::string line; std::getline(file, line);) {
    absl::string_view text = line;
    if (!absl::ConsumePrefix(&text, "| `")) continue;
    const std::vector<std::string> cells = absl::StrSplit(absl::StripSuffix(text, " |"), " | ");
    EXPECT_EQ(cells.size(), 4u) << line;
    if (cells.size() != 4) continue;
    EXPECT_FALSE(cells[2].empty()) << line;
    rows.push_back({Unquoted(cells[0]), Unquoted(cells[1]), Unquoted(cells[3])});
  }
  return rows;
}

std::set<std::string> ReadSymbols() {
  std::set<std::string> symbols;
  std::ifstream file = Open("tests/conformance/symbols.txt");
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line[0] != '#') symbols.insert(line);
  }
  return symbols;
}

// "StreamPairService.OpenStream", "Property.socks_proxy", "SECURITY_LEVEL_NONE", "StreamError".
bool IsInProtos(const std::string& element) {
  v1::CreateStreamPairRequest::descriptor();  // Links the file in.
  return google::protobuf::DescriptorPool::generated_pool()->FindFileContainingSymbol(
             absl::StrCat("streampair.v1.", element)) != nullptr;
}

// By "Suite.Name": whether it passed. Those that were filtered away are left out.
std::map<std::string, bool> Outcomes() {
  std::map<std::string, bool> outcomes;
  const ::testing::UnitTest& all = *::testing::UnitTest::GetInstance();
  for (int i = 0; i < all.total_test_suite_count(); ++i) {
    const ::testing::TestSuite& suite = *all.GetTestSuite(i);
    for (int j = 0; j < suite.total_test_count(); ++j) {
      const ::testing::TestInfo& test = *suite.GetTestInfo(j);
      if (!test.should_run()) continue;
      outcomes[absl::StrCat(suite.name(), ".", test.name())] = test.result()->Passed();
    }
  }
  return outcomes;
}

class Coverage : public ::testing::Environment {
 public:
  void TearDown() override {
    const std::set<std::string> symbols = ReadSymbols();
    const std::map<std::string, bool> outcomes = Outcomes();
    const bool whole = ::testing::UnitTest::GetInstance()->test_to_run_count() ==
                       ::testing::UnitTest::GetInstance()->total_test_count();
    std::set<std::string> in_table;
    size_t covered = 0;
    for (const Row& row : ReadTable()) {
      EXPECT_TRUE(in_table.insert(row.symbol).second) << row.symbol << " has two rows";
      EXPECT_EQ(symbols.count(row.symbol), 1u) << row.symbol << " is not in symbols.txt";
      EXPECT_TRUE(IsInProtos(row.element)) << row.symbol << ": no " << row.element;
      const auto outcome = outcomes.find(row.test);
      if (outcome == outcomes.end()) {
        EXPECT_FALSE(whole) << row.symbol << ": no test " << row.test;
      } else if (outcome->second) {
        ++covered;
      }
    }
    for (const std::string& symbol : symbols) {
      EXPECT_EQ(in_table.count(symbol), 1u) << symbol << " has no row in docs/cfstream.md";
    }
    std::printf("contract: %zu of %zu symbols covered\n", covered, symbols.size());
    if (whole) {
      EXPECT_EQ(covered, symbols.size());
    }
  }
};

}  // namespace
}  // namespace streampair::testing

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  ::testing::AddGlobalTestEnvironment(new streampair::testing::Coverage);  // GoogleTest owns it.
  return RUN_ALL_TESTS();
}
