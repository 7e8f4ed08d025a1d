#include "server/log.h"

#include <cerrno>
#include <vector>

#include "core/base/posix_errors.h"
#include "gtest/gtest.h"

namespace streampair {
namespace {

class FixedClock : public Clock {
 public:
  MonotonicTime Now() const override { return MonotonicTime::FromNanos(1); }
  absl::Time WallNow() const override { return absl::FromUnixMillis(1795452935123); }
};

class LogTest : public ::testing::Test {
 protected:
  Log::Sink Sink() {
    return [this](const std::string& line) { lines_.push_back(line); };
  }
  FixedClock clock_;
  std::vector<std::string> lines_;
};

LogLine Line() {
  LogLine line("pair_closed");
  line.Add("pair", "streamPairs/a.b")
      .Add("bytes_read", 5)
      .Add("text", "say \"hi\"\n")
      .Add("none", "");
  line.AddUnlessEmpty("left_out", "");
  line.AddSwitch("allow", false);
  return line;
}

TEST_F(LogTest, WritesText) {
  Log log(clock_, LogLevel::kInfo, LogFormat::kText, Sink());
  log.Write(LogLevel::kInfo, Line());
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_EQ(lines_[0],
            "2026-11-23T16:55:35.123Z info pair_closed pair=streamPairs/a.b bytes_read=5 "
            "text=\"say \\\"hi\\\"?\" none=\"\" allow=false");
}

TEST_F(LogTest, WritesJson) {
  Log log(clock_, LogLevel::kInfo, LogFormat::kJson, Sink());
  log.Write(LogLevel::kWarning, Line());
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_EQ(
      lines_[0],
      "{\"time\":\"2026-11-23T16:55:35.123Z\",\"level\":\"warning\",\"event\":\"pair_closed\","
      "\"pair\":\"streamPairs/a.b\",\"bytes_read\":5,\"text\":\"say \\\"hi\\\"?\","
      "\"none\":\"\",\"allow\":false}");
}

TEST_F(LogTest, LeavesOutWhatIsBelowItsLevel) {
  Log log(clock_, LogLevel::kWarning, LogFormat::kText, Sink());
  log.Write(LogLevel::kInfo, Line());
  EXPECT_TRUE(lines_.empty());
  log.Write(LogLevel::kError, Line());
  EXPECT_EQ(lines_.size(), 1u);
  Log off(clock_, LogLevel::kOff, LogFormat::kText, Sink());
  off.Write(LogLevel::kError, Line());
  EXPECT_EQ(lines_.size(), 1u);
}

TEST(LogLine, NamesAnErrorByItsParts) {
  LogLine line("pair_failed");
  line.AddError(PosixError(Stage::kConnect, ECONNREFUSED, "connect").WithAddress("192.0.2.1:80"));
  const std::string text = line.ToText();
  EXPECT_EQ(text.find("pair_failed error_domain=POSIX error_code=111 error_symbol=ECONNREFUSED "
                      "error_stage=connect error_reason=connection_refused "
                      "error_address=192.0.2.1:80 error_text="),
            0u)
      << text;
}

}  // namespace
}  // namespace streampair
