#ifndef STREAMPAIR_CORE_TLS_TLS_ENGINE_H_
#define STREAMPAIR_CORE_TLS_TLS_ENGINE_H_

#include <openssl/base.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/tls/tls_context.h"
#include "core/tls/tls_report.h"

namespace streampair {

// Whom a connection leads to.
struct TlsPeer {
  std::string host;           // The target's name or address literal as asked for; "": unknown.
  std::string session_scope;  // Who asked, and where to: sessions are resumed within it only.
};

// One end of one TLS connection as a pure machine: ciphertext in and out, plaintext in and out. No
// I/O and no callback. Memory: at most one record and one handshake message of the peer beside what
// the owner has given and not taken.
//
//   engine.Start();
//   Send(engine.output()), Receive(...) while state() == kHandshaking
//   Read, Write, Close while it is kOpen
//
// Thread-compatible: reads and writes share state, so that their owner has a lock for both.
class TlsEngine {
 public:
  enum class State : uint8_t { kHandshaking, kOpen, kFailed };

  enum class ReadOutcome : uint8_t {
    kOk,
    kNeedInput,  // Nothing without more ciphertext.
    kClosed,     // The peer's close_notify: all that it sent was delivered.
    kTruncated,  // The peer's FIN without close_notify: the data may have been cut.
    kFailed
  };
  struct ReadResult {
    ReadOutcome outcome;
    size_t bytes = 0;
  };

  // `clock` must outlive the engine.
  TlsEngine(std::shared_ptr<const TlsContext> context, TlsPeer peer, const Clock& clock);
  TlsEngine(const TlsEngine&) = delete;
  TlsEngine& operator=(const TlsEngine&) = delete;
  ~TlsEngine();

  // Begins the handshake. It may fail at once: a level that is not spoken, a server without a
  // certificate.
  void Start();

  // Ciphertext from the peer during the handshake, split anywhere. What follows the handshake stays
  // for Read.
  void Receive(absl::string_view ciphertext);

  // The peer's FIN, in the handshake or after it.
  void ReceiveEnd();

  State state() const { return state_; }
  const Error& error() const { return *error_; }  // Requires: kFailed.

  // Decrypts at most one record into `out`, from what was kept and then from the front of `fresh`,
  // which is moved on. What is left of `fresh` is the caller's to offer again or to Keep. May make
  // output.
  ReadResult Read(absl::Span<char> out, absl::string_view& fresh);

  // Keeps ciphertext for the next Read.
  void Keep(absl::string_view ciphertext);

  // What Read would say without more ciphertext; kOk means that plaintext waits.
  ReadOutcome Peek();

  // Encrypts a piece of `plaintext` into output() and returns how much; 0 if the engine failed or
  // was closed. The owner bounds output() by not writing while it is long.
  size_t Write(absl::string_view plaintext);

  // Says that nothing more will be written: close_notify. Harmless the second time.
  void Close();

  // Ciphertext for the peer, alerts included also after a failure.
  absl::string_view output() const { return absl::string_view(output_).substr(output_sent_); }
  void DropOutput(size_t bytes);

  const TlsFacts& facts() const { return facts_; }

 private:
  friend struct EngineHooks;

  void MakeSsl();
  void Handshake();
  void Complete();
  void Fail(Error error);
  ReadOutcome OutcomeOf(int result);
  void ForgetTakenInput();
  void RefreshKeys(size_t written);

  const std::shared_ptr<const TlsContext> context_;
  const TlsPeer peer_;
  const Clock& clock_;
  const std::string verified_name_;
  const std::string session_key_;
  bssl::UniquePtr<SSL> ssl_;
  State state_ = State::kHandshaking;
  std::optional<Error> error_;
  MonotonicTime started_;
  bool ended_ = false;   // The peer's FIN.
  bool closed_ = false;  // Our close_notify.

  std::string input_;        // Left over from earlier calls.
  size_t input_taken_ = 0;   // Of input_.
  absl::string_view fresh_;  // During a Read.
  std::string output_;
  size_t output_sent_ = 0;
  uint64_t written_since_refresh_ = 0;
  TlsFacts facts_;
  std::vector<std::string> key_log_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TLS_TLS_ENGINE_H_
