#include "clients/cli/top_model.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "clients/cli/pair_text.h"
#include "gtest/gtest.h"

namespace streampair::cli {
namespace {

const absl::Time kBegin = absl::FromUnixSeconds(1000000);

v1::StreamPair Pair(const std::string& name, uint64_t read, uint64_t written) {
  v1::StreamPair pair;
  pair.set_name(name);
  pair.mutable_target()->mutable_host()->set_name(absl::StrCat("host-", name));
  pair.mutable_target()->mutable_host()->set_port(80);
  pair.set_read_status(v1::STREAM_STATUS_OPEN);
  pair.set_bytes_read(read);
  pair.set_bytes_written(written);
  return pair;
}

v1::StreamError Error(v1::ErrorDomain domain) {
  v1::StreamError error;
  error.set_domain(domain);
  error.set_code(1);
  return error;
}

TEST(TopModel, RatesAreSinceTheTimeBefore) {
  TopModel model;
  model.Take(kBegin, {Pair("a", 1 << 20, 0)});
  EXPECT_EQ(model.Line(), "pairs 1, opening 0, read 0 B/s, written 0 B/s, errors: none")
      << "nobody knows since when";
  v1::StreamPair opening = Pair("c", 0, 0);
  opening.set_read_status(v1::STREAM_STATUS_OPENING);
  // One goes on, one is new, one opens.
  model.Take(kBegin + absl::Seconds(2), {Pair("a", 3 << 20, 100), Pair("b", 0, 100), opening});
  EXPECT_EQ(model.Line(), "pairs 3, opening 1, read 1.0 MiB/s, written 100 B/s, errors: none");
  model.Take(kBegin + absl::Seconds(3), {Pair("a", 3 << 20, 100)});
  EXPECT_EQ(model.Line(), "pairs 1, opening 0, read 0 B/s, written 0 B/s, errors: none");
  EXPECT_EQ(model.Json().ToString(),
            "{\"pairs\":1,\"opening\":0,\"read_bytes_per_second\":0,"
            "\"written_bytes_per_second\":0,\"errors\":{}}");
}

TEST(TopModel, ErrorsCountOnceAPair) {
  TopModel model;
  v1::StreamPair failed = Pair("a", 0, 0);
  *failed.mutable_error() = Error(v1::ERROR_DOMAIN_POSIX);
  model.Take(kBegin, {failed, Pair("b", 0, 0), Pair("c", 0, 0)});
  model.CountError("a", Error(v1::ERROR_DOMAIN_POSIX));
  model.CountError("b", Error(v1::ERROR_DOMAIN_SSL));
  model.CountError("b", Error(v1::ERROR_DOMAIN_SSL));
  model.CountError("nobody", Error(v1::ERROR_DOMAIN_SSL));
  model.Take(kBegin + absl::Seconds(1), {failed, Pair("c", 0, 0)});
  model.CountError("c", Error(v1::ERROR_DOMAIN_POSIX));
  model.Take(kBegin + absl::Seconds(2), {});
  EXPECT_TRUE(absl::EndsWith(model.Line(), "errors: POSIX 2, SSL 1")) << model.Line();
  EXPECT_TRUE(absl::StrContains(model.Json().ToString(), "\"errors\":{\"POSIX\":2,\"SSL\":1}"));
}

TEST(TopModel, TheScreenHoldsTheBusiest) {
  TopModel model;
  model.Take(kBegin, {});
  std::vector<v1::StreamPair> pairs;
  for (int i = 0; i < 100; ++i) {
    pairs.push_back(Pair(absl::StrCat(i), 1000 * static_cast<uint64_t>(i), 0));
  }
  model.Take(kBegin + absl::Seconds(1), pairs);
  const std::vector<std::string> lines = model.Screen(40, 10);
  ASSERT_EQ(lines.size(), 10u);
  for (const std::string& line : lines) EXPECT_LE(line.size(), 40u);
  EXPECT_TRUE(absl::StartsWith(lines[0], "pairs 100, "));
  EXPECT_TRUE(absl::StartsWith(lines[2], "TARGET "));
  EXPECT_TRUE(absl::StartsWith(lines[3], "host-99 80 ")) << lines[3];
  EXPECT_EQ(model.Screen(80, 2).size(), 2u);
}

TEST(PairText, IsForPeople) {
  EXPECT_EQ(BytesText(0), "0 B");
  EXPECT_EQ(BytesText(1023), "1023 B");
  EXPECT_EQ(BytesText(1536), "1.5 KiB");
  EXPECT_EQ(BytesText(5.0e15), "4547.5 TiB");
  EXPECT_EQ(LatencyText(absl::Microseconds(420)), "0.42 ms");
  EXPECT_EQ(LatencyText(absl::Milliseconds(1300)), "1.30 s");
  EXPECT_EQ(TableLines({{"A", "LONGER"}, {"value\033", "x"}}),
            (std::vector<std::string>{"A      LONGER", "value  x"}));
}

}  // namespace
}  // namespace streampair::cli
