#ifndef STREAMPAIR_CLIENTS_CLI_STARTTLS_H_
#define STREAMPAIR_CLIENTS_CLI_STARTTLS_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace streampair::cli {

// What a client says in clear text before TLS begins, and what it must hear. Pure: bytes in, bytes
// out. It trusts nothing that comes: at most kMaxClearText bytes are taken, and whatever follows
// the last word is refused, since somebody may have slipped it in.
class StartTlsDialogue {
 public:
  static constexpr size_t kMaxClearText = 65536;

  enum class State { kTalking, kReady, kRefused };

  // One of Protocols(), else null.
  static std::unique_ptr<StartTlsDialogue> Make(absl::string_view protocol);
  static std::vector<std::string> Protocols();
  virtual ~StartTlsDialogue() = default;

  // What is to be said now; empty: listen.
  std::string TakeWords();
  // What was heard.
  State Hear(absl::string_view bytes);
  State state() const { return state_; }
  // Of kRefused: one sentence.
  const std::string& complaint() const { return complaint_; }

 protected:
  // Goes on with what was heard. False: more is needed.
  virtual bool Step() = 0;

  void Say(absl::string_view words) { absl::StrAppend(&words_, words); }
  // For Step: true, so that it can be returned.
  bool Ready();
  bool Refuse(absl::string_view why, absl::string_view quoted = "");
  // The next line without its end; nothing if it is not whole.
  std::optional<std::string> TakeLine();

  std::string heard_;  // And not consumed.

 private:
  State state_ = State::kTalking;
  std::string words_;
  std::string complaint_;
};

}  // namespace streampair::cli

#endif  // STREAMPAIR_CLIENTS_CLI_STARTTLS_H_
