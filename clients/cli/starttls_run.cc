#include "clients/cli/starttls_run.h"

#include <cerrno>
#include <memory>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/types/span.h"
#include "clients/cli/starttls.h"

namespace streampair::cli {
namespace {

using client::ReadResult;
using client::StreamError;
using client::WriteResult;
using State = StartTlsDialogue::State;

StreamError TalkFailed(int code, const char* symbol, const std::string& message) {
  v1::StreamError error;
  error.set_domain(v1::ERROR_DOMAIN_POSIX);
  error.set_code(code);
  error.set_packed_error(code);
  error.set_symbol(symbol);
  error.set_message(message);
  error.set_stage(v1::ERROR_STAGE_TLS);
  error.set_reason(v1::ERROR_REASON_TLS_PROTOCOL_ERROR);
  return StreamError(std::move(error), StreamError::Origin::kClient);
}

StreamError TooLate() {
  return TalkFailed(ETIMEDOUT, "ETIMEDOUT", "no TLS: the target did not answer in time");
}

std::optional<StreamError> Talk(client::Stream& stream, StartTlsDialogue& dialogue,
                                absl::Time deadline) {
  char buffer[4096];
  while (dialogue.state() == State::kTalking) {
    if (const std::string words = dialogue.TakeWords(); !words.empty()) {
      const WriteResult wrote = stream.Write(words, deadline);
      if (wrote.outcome == WriteResult::Outcome::kError) return wrote.error;
      if (wrote.outcome == WriteResult::Outcome::kNotYet) return TooLate();
    }
    const ReadResult read = stream.Read(absl::MakeSpan(buffer), deadline);
    switch (read.outcome) {
      case ReadResult::Outcome::kBytes:
        dialogue.Hear(absl::string_view(buffer, read.bytes));
        break;
      case ReadResult::Outcome::kEnd:
        return TalkFailed(EPROTO, "EPROTO", "no TLS: the target ended the connection");
      case ReadResult::Outcome::kNotYet:
        return TooLate();
      case ReadResult::Outcome::kError:
        return read.error;
    }
  }
  if (dialogue.state() == State::kReady) return std::nullopt;
  return TalkFailed(EPROTO, "EPROTO", dialogue.complaint());
}

}  // namespace

std::optional<StreamError> RunStartTls(client::Stream& stream, const std::string& protocol,
                                       const client::TlsOptions& tls, absl::Duration patience) {
  if (const auto open = stream.WaitReady(); !open.ok()) return open.error();
  const std::unique_ptr<StartTlsDialogue> dialogue = StartTlsDialogue::Make(protocol);
  if (auto error = Talk(stream, *dialogue, absl::Now() + patience)) return error;
  const auto report = stream.StartTls(tls);
  if (!report.ok()) return report.error();
  return std::nullopt;
}

}  // namespace streampair::cli
