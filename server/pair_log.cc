#include "server/pair_log.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/end_kind.h"

namespace streampair {
namespace {

std::string TargetText(const PairSpec& spec) {
  if (!spec.parked_token.empty()) return spec.parked_token;
  if (spec.host_name.empty() || !spec.target.host) return spec.target.ToString();
  return absl::StrCat(spec.host_name, ":", spec.target.host->port.value());
}

// Lives as long as the pair that tells it, and must not keep it alive.
class PairObserverForLog : public PairObserver {
 public:
  PairObserverForLog(Log& log, const Clock& clock, const std::shared_ptr<StreamPair>& pair,
                     Caller caller)
      : log_(log), clock_(clock), pair_(pair), caller_(std::move(caller)) {}

  bool WantsIoEvents() const override { return false; }

  void OnPairEvent(const PairEvent& event) override {
    const std::shared_ptr<StreamPair> pair = pair_.lock();
    if (pair == nullptr) return;
    switch (event.type) {
      case PairEventType::kOpenCompleted:
        if (!std::exchange(told_opened_, true)) WriteOpened(*pair);
        return;
      case PairEventType::kErrorOccurred:
        if (event.error && !std::exchange(told_failed_, true)) WriteFailed(*pair, *event.error);
        return;
      case PairEventType::kReleased:
        return WriteClosed(*pair, event);
      case PairEventType::kReady:
      case PairEventType::kTlsHandshakeCompleted:
      case PairEventType::kHasBytesAvailable:
      case PairEventType::kCanAcceptBytes:
      case PairEventType::kEndEncountered:
        return;
    }
  }

 private:
  LogLine Begin(const char* event, const StreamPair& pair) const {
    LogLine line(event);
    line.Add("pair", pair.name()).Add("principal", caller_.principal);
    line.AddUnlessEmpty("trace_id", caller_.trace_id);
    line.Add("target", TargetText(pair.spec()));
    return line;
  }

  void WriteOpened(const StreamPair& pair) {
    if (!log_.Wants(LogLevel::kInfo)) return;
    const PairSnapshot snapshot = pair.Snapshot();
    LogLine line = Begin("pair_opened", pair);
    if (snapshot.dial.remote) line.Add("remote", snapshot.dial.remote->ToString());
    if (snapshot.dial.local) line.Add("local", snapshot.dial.local->ToString());
    line.Add("attempts", static_cast<int64_t>(snapshot.dial.attempts.size()));
    if (snapshot.connected != absl::InfiniteFuture()) {
      line.Add("dial_ms", absl::ToInt64Milliseconds(snapshot.connected - snapshot.opened));
    }
    log_.Write(LogLevel::kInfo, line);
  }

  void WriteFailed(const StreamPair& pair, const Error& error) {
    log_.Write(LogLevel::kInfo, Begin("pair_failed", pair).AddError(error));
  }

  void WriteClosed(const StreamPair& pair, const PairEvent& event) {
    if (!log_.Wants(LogLevel::kInfo)) return;
    const PairSnapshot snapshot = pair.Snapshot();
    LogLine line = Begin("pair_closed", pair);
    line.Add("bytes_read", static_cast<int64_t>(snapshot.bytes_read));
    line.Add("bytes_written", static_cast<int64_t>(snapshot.bytes_written));
    line.Add("duration_ms", absl::ToInt64Milliseconds(clock_.WallNow() - snapshot.created));
    const std::optional<Error>& why = snapshot.error ? snapshot.error : event.error;
    line.Add("end_kind", EndKind(snapshot, why));
    if (why) line.AddError(*why);
    log_.Write(LogLevel::kInfo, line);
  }

  Log& log_;
  const Clock& clock_;
  const std::weak_ptr<StreamPair> pair_;
  const Caller caller_;
  bool told_opened_ = false;  // These two on the pair's loop only.
  bool told_failed_ = false;
};

}  // namespace

void PairLog::Follow(const std::shared_ptr<StreamPair>& pair, const Caller& caller) {
  if (!log_.Wants(LogLevel::kInfo)) return;
  pair->AddObserver(std::make_shared<PairObserverForLog>(log_, clock_, pair, caller));
}

}  // namespace streampair
