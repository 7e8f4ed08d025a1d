#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "core/base/clock.h"
#include "gtest/gtest.h"
#include "server/log.h"
#include "server/record/record_lines.h"
#include "server/record/record_sink.h"
#include "server/record/record_writer.h"
#include "spdlog/logger.h"

namespace streampair {
namespace {

std::string Path(const std::string& name) {
  return absl::StrCat(getenv("TEST_TMPDIR"), "/",
                      ::testing::UnitTest::GetInstance()->current_test_info()->name(), "-", name);
}

std::string Content(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

void PointTo(const std::string& target, const std::string& link) {
  const std::string next = link + ".next";
  ASSERT_EQ(symlink(target.c_str(), next.c_str()), 0);
  ASSERT_EQ(rename(next.c_str(), link.c_str()), 0);
}

// A log whose lines a test can look at.
class KeptLog {
 public:
  Log& log() { return log_; }
  std::string text() {
    absl::MutexLock lock(&mu_);
    return absl::StrJoin(lines_, "\n");
  }

 private:
  SystemClock clock_;
  absl::Mutex mu_;
  std::vector<std::string> lines_;
  Log log_{clock_, LogLevel::kDebug, LogFormat::kText, [this](const std::string& line) {
             absl::MutexLock lock(&mu_);
             lines_.push_back(line);
           }};
};

bool Eventually(const std::function<bool()>& condition) {
  const absl::Time end = absl::Now() + absl::Seconds(20);
  while (!condition()) {
    if (absl::Now() > end) return false;
    absl::SleepFor(absl::Milliseconds(2));
  }
  return true;
}

TEST(RecordSink, RotatesBySizeAndLosesNothing) {
  const std::string path = Path("r");
  auto sink = std::make_shared<RecordSink>(RecordSettings{path, 100, 3, false});
  spdlog::logger logger("record", sink);
  const auto write = [&](int number) {
    logger.log(spdlog::level::info, absl::StrCat(number, std::string(38, '.')));
    EXPECT_EQ(sink->last_error(), 0);
  };
  for (int i = 10; i < 20; ++i) write(i);  // 41 bytes each: two a file.
  const auto numbers = [](const std::string& file) {
    std::string all;
    for (absl::string_view line : absl::StrSplit(Content(file), '\n', absl::SkipEmpty())) {
      absl::StrAppend(&all, line.substr(0, 2), " ");
    }
    return all;
  };
  EXPECT_EQ(numbers(path), "18 19 ");
  EXPECT_EQ(numbers(path + ".1"), "16 17 ");
  EXPECT_EQ(numbers(path + ".2"), "14 15 ");
  EXPECT_EQ(numbers(path + ".3"), "12 13 ");
  EXPECT_NE(access((path + ".4").c_str(), F_OK), 0) << "no more than are to be kept";

  // Somebody else moves it away.
  ASSERT_EQ(rename(path.c_str(), (path + ".moved").c_str()), 0);
  sink->Reopen();
  write(20);
  EXPECT_EQ(numbers(path), "20 ");
  EXPECT_EQ(numbers(path + ".moved"), "18 19 ");

  // A sink that is made anew goes on where the file ends.
  auto next = std::make_shared<RecordSink>(RecordSettings{path, 100, 3, false});
  spdlog::logger("record", next).log(spdlog::level::info, "21");
  EXPECT_EQ(numbers(path), "20 21 ");
}

TEST(RecordSink, SaysWhyItCannot) {
  const struct {
    const char* file;
    int error;
  } kCases[] = {{"/dev/full", ENOSPC}, {"/no/such/folder/r", ENOENT}, {"/", EISDIR}};
  for (const auto& c : kCases) {
    auto sink = std::make_shared<RecordSink>(RecordSettings{c.file, 100, 3, false});
    spdlog::logger("record", sink).log(spdlog::level::info, "x");
    EXPECT_EQ(sink->last_error(), c.error) << c.file;
  }
}

TEST(RecordWriter, KeepsLinesWhileTheDiskIsFull) {
  SystemClock clock;
  for (const bool refuses : {false, true}) {
    KeptLog log;
    const std::string link = Path(absl::StrCat("link", refuses));
    const std::string file = Path(absl::StrCat("file", refuses));
    PointTo("/dev/full", link);
    RecordWriter writer(RecordSettings{link, 1 << 20, 3, refuses}, clock, log.log());
    EXPECT_FALSE(writer.MayOpen()) << "nothing has failed yet";
    writer.Add("one");
    ASSERT_TRUE(Eventually([&] { return absl::StrContains(log.text(), "record_failing"); }));
    writer.Add("two");
    const auto refusal = writer.MayOpen();
    EXPECT_EQ(refusal.has_value(), refuses);
    if (refusal) {
      EXPECT_EQ(refusal->id(), (ErrorId{ErrorDomain::kPosix, 0, ENOSPC}));
      EXPECT_EQ(refusal->stage(), Stage::kCapacity);
      EXPECT_TRUE(refusal->retryable());
    }
    PointTo(file, link);
    ASSERT_TRUE(Eventually([&] { return Content(file) == "one\ntwo\n"; })) << Content(file);
    ASSERT_TRUE(Eventually([&] { return !writer.MayOpen(); }));
    EXPECT_EQ(writer.lost(), 0u);
    EXPECT_TRUE(Eventually([&] { return absl::StrContains(log.text(), "record_resumed"); }));
  }
}

TEST(RecordWriter, CountsWhatIsLost) {
  KeptLog log;
  SystemClock clock;
  const std::string link = Path("link");
  const std::string file = Path("file");
  PointTo("/dev/full", link);
  RecordWriter writer(RecordSettings{link, 1 << 30, 3, false}, clock, log.log());
  const std::string line(RecordWriter::kMostBytes / 4, 'x');
  for (int i = 0; i < 7; ++i) writer.Add(line);
  EXPECT_EQ(writer.lost(), 3u);
  PointTo(file, link);
  ASSERT_TRUE(Eventually([&] { return absl::StrContains(Content(file), "\"lines\":3"); }));
  EXPECT_GE(Content(file).size(), 4 * line.size());
  EXPECT_TRUE(Eventually([&] { return absl::StrContains(log.text(), "record_lost lines=3"); }));
  writer.Add("next");
  EXPECT_TRUE(Eventually([&] { return absl::EndsWith(Content(file), "}\nnext\n"); }));
}

TEST(RecordWriter, WritesAllBeforeItGoes) {
  KeptLog log;
  SystemClock clock;
  const std::string file = Path("file");
  std::string all;
  {
    RecordWriter writer(RecordSettings{file, 1 << 30, 3, false}, clock, log.log());
    for (int i = 0; i < 1000; ++i) {
      writer.Add(absl::StrCat(i));
      absl::StrAppend(&all, i, "\n");
    }
  }
  EXPECT_EQ(Content(file), all);
}

TEST(IdentitySource, IsTheKindOfAPrincipal) {
  EXPECT_EQ(IdentitySource("spiffe://corp/app"), "spiffe");
  EXPECT_EQ(IdentitySource("dns:a.corp"), "dns");
  EXPECT_EQ(IdentitySource("cn:spiffe://x"), "cn");
  EXPECT_EQ(IdentitySource("anonymous"), "anonymous");
}

}  // namespace
}  // namespace streampair
