#ifndef STREAMPAIR_CORE_TLS_TLS_HANDSHAKE_H_
#define STREAMPAIR_CORE_TLS_TLS_HANDSHAKE_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "core/handshake/handshake.h"
#include "core/tls/tls_engine.h"

namespace streampair {

// The handshake of a TlsEngine, as the last of a pair's. Takes every byte: what follows the
// handshake stays in the engine.
class TlsHandshake final : public Handshake {
 public:
  explicit TlsHandshake(std::unique_ptr<TlsEngine> engine) : engine_(std::move(engine)) {}

  void Start() override { engine_->Start(); }
  [[nodiscard]] size_t Receive(absl::string_view bytes) override;
  void ReceiveEnd() override { engine_->ReceiveEnd(); }
  void ReceiveError(int err) override;
  [[nodiscard]] std::string TakeOutput() override;
  State state() const override;
  const Error& error() const override;
  Error TimeoutError(absl::string_view limit) const override;

  TlsEngine& engine() { return *engine_; }
  std::unique_ptr<TlsEngine> TakeEngine() { return std::move(engine_); }

 private:
  std::unique_ptr<TlsEngine> engine_;
  std::optional<Error> error_;  // Of the connection.
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TLS_TLS_HANDSHAKE_H_
