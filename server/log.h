#ifndef STREAMPAIR_SERVER_LOG_H_
#define STREAMPAIR_SERVER_LOG_H_

#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "core/base/clock.h"
#include "server/log_line.h"

namespace streampair {

enum class LogLevel : uint8_t { kDebug, kInfo, kWarning, kError, kOff };
enum class LogFormat : uint8_t { kText, kJson };

// The server's log: one line an event, on standard error. Thread-safe.
class Log {
 public:
  // Takes a whole line without its end; called with a lock held, so one at a time.
  using Sink = absl::AnyInvocable<void(const std::string& line)>;

  // To standard error. `clock` must outlive this.
  Log(const Clock& clock, LogLevel least, LogFormat format);
  Log(const Clock& clock, LogLevel least, LogFormat format, Sink sink);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  bool Wants(LogLevel level) const { return level >= least_ && least_ != LogLevel::kOff; }

  // `2026-11-23T16:55:35.123Z info pair_closed ...`, or the same as a JSON object with "time" and
  // "level".
  void Write(LogLevel level, const LogLine& line);

 private:
  const Clock& clock_;
  const LogLevel least_;
  const LogFormat format_;
  absl::Mutex mu_;
  Sink sink_ ABSL_GUARDED_BY(mu_);
};

absl::string_view LevelName(LogLevel level);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_LOG_H_
