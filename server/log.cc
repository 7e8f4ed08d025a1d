#include "server/log.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"

namespace streampair {
namespace {

Log::Sink StandardError() {
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  auto logger = std::make_shared<spdlog::logger>("streampaird", std::move(sink));
  logger->set_pattern("%v");  // The line is complete.
  logger->set_level(spdlog::level::trace);
  return [logger](const std::string& line) { logger->log(spdlog::level::info, line); };
}

}  // namespace

Log::Log(const Clock& clock, LogLevel least, LogFormat format)
    : Log(clock, least, format, StandardError()) {}

Log::Log(const Clock& clock, LogLevel least, LogFormat format, Sink sink)
    : clock_(clock), least_(least), format_(format), sink_(std::move(sink)) {}

Log::~Log() = default;

void Log::Write(LogLevel level, const LogLine& line) {
  if (!Wants(level)) return;
  const std::string time =
      absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", clock_.WallNow(), absl::UTCTimeZone());
  const std::string whole = format_ == LogFormat::kText
                                ? absl::StrCat(time, " ", LevelName(level), " ", line.ToText())
                                : absl::StrCat("{\"time\":\"", time, "\",\"level\":\"",
                                               LevelName(level), "\",", line.ToJsonMembers(), "}");
  absl::MutexLock lock(&mu_);
  sink_(whole);
}

absl::string_view LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
    case LogLevel::kOff:
      return "off";
  }
  return "";
}

}  // namespace streampair
