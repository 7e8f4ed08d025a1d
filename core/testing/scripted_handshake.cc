#include "core/testing/scripted_handshake.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/base/posix_errors.h"

namespace streampair {

ScriptedHandshake::ScriptedHandshake(std::string hello, std::string answer, std::string thanks)
    : hello_(std::move(hello)), answer_(std::move(answer)), thanks_(std::move(thanks)) {}

void ScriptedHandshake::Start() {
  output_ = hello_;
  if (answer_.empty()) state_ = State::kDone;
}

size_t ScriptedHandshake::Receive(absl::string_view bytes) {
  const size_t mine = std::min(bytes.size(), answer_.size() - received_.size());
  received_.append(bytes.data(), mine);
  if (received_.size() < answer_.size()) return mine;
  if (received_ == answer_) {
    output_ += thanks_;
    state_ = State::kDone;
  } else {
    Fail(EPROTO, "compare the answer");
  }
  return mine;
}

void ScriptedHandshake::ReceiveEnd() { Fail(ENOTCONN, "wait for the answer"); }

void ScriptedHandshake::ReceiveError(int err) { Fail(err, "wait for the answer"); }

std::string ScriptedHandshake::TakeOutput() { return std::exchange(output_, ""); }

Error ScriptedHandshake::TimeoutError(absl::string_view limit) const {
  return PosixError(Stage::kProxy, ETIMEDOUT, std::string(limit));
}

void ScriptedHandshake::Fail(int err, const char* what) {
  error_ = PosixError(Stage::kProxy, err, what);
  state_ = State::kFailed;
}

}  // namespace streampair
