#include "core/tls/tls_handshake.h"

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/posix_errors.h"
#include "core/base/ssl_errors.h"

namespace streampair {

size_t TlsHandshake::Receive(absl::string_view bytes) {
  engine_->Receive(bytes);
  return bytes.size();
}

void TlsHandshake::ReceiveError(int err) {
  if (err == ETIMEDOUT) {
    error_ = PosixError(Stage::kTls, ETIMEDOUT, "TLS handshake");
    return;
  }
  error_ = SslError(
      Stage::kTls, SslCode::kClosedAbort,
      std::string(
          PosixError(Stage::kTls, err, "the connection broke during the TLS handshake").detail()));
}

std::string TlsHandshake::TakeOutput() {
  std::string output(engine_->output());
  engine_->DropOutput(output.size());
  return output;
}

Handshake::State TlsHandshake::state() const {
  if (error_.has_value()) return State::kFailed;
  switch (engine_->state()) {
    case TlsEngine::State::kHandshaking:
      return State::kRunning;
    case TlsEngine::State::kOpen:
      return State::kDone;
    case TlsEngine::State::kFailed:
      return State::kFailed;
  }
  return State::kFailed;
}

const Error& TlsHandshake::error() const { return error_.has_value() ? *error_ : engine_->error(); }

Error TlsHandshake::TimeoutError(absl::string_view limit) const {
  return PosixError(Stage::kTls, ETIMEDOUT,
                    absl::StrCat("the TLS handshake took longer than ", limit));
}

}  // namespace streampair
