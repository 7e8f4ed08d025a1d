#ifndef STREAMPAIR_CORE_TESTING_SCRIPTED_HANDSHAKE_H_
#define STREAMPAIR_CORE_TESTING_SCRIPTED_HANDSHAKE_H_

#include <optional>
#include <string>

#include "core/handshake/handshake.h"

namespace streampair {

// A handshake that says `hello`, waits for exactly `answer` and says `thanks`. Anything else fails
// it with (POSIX, EPROTO), an end with ENOTCONN, both of stage proxy. An empty answer: it is done
// at once.
class ScriptedHandshake : public Handshake {
 public:
  ScriptedHandshake(std::string hello, std::string answer, std::string thanks = "");

  void Start() override;
  size_t Receive(absl::string_view bytes) override;
  void ReceiveEnd() override;
  void ReceiveError(int err) override;
  std::string TakeOutput() override;
  State state() const override { return state_; }
  const Error& error() const override { return *error_; }
  Error TimeoutError(absl::string_view limit) const override;

 private:
  void Fail(int err, const char* what);

  const std::string hello_;
  const std::string answer_;
  const std::string thanks_;
  std::string received_;
  std::string output_;
  State state_ = State::kRunning;
  std::optional<Error> error_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TESTING_SCRIPTED_HANDSHAKE_H_
