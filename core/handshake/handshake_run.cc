#include "core/handshake/handshake_run.h"

#include <array>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/posix_errors.h"
#include "core/net/socket.h"

namespace streampair {

HandshakeRun::HandshakeRun(EventLoop& loop, int fd,
                           std::vector<std::unique_ptr<Handshake>> handshakes, absl::Duration limit,
                           Done done)
    : loop_(loop),
      fd_(fd),
      handshakes_(std::move(handshakes)),
      limit_(limit),
      done_(std::move(done)) {}

HandshakeRun::~HandshakeRun() = default;

void HandshakeRun::Start() {
  // A weak reference: the watch keeps the run alive for as long as there is something to wait for.
  timer_ = loop_.AddTimer(loop_.Now() + limit_, [self = weak_from_this()] {
    if (auto run = self.lock()) run->OnDeadline();
  });
  if (handshakes_.empty()) return Settle(std::nullopt);
  watch_ = loop_.Watch(fd_, shared_from_this());
  if (watch_ == 0) {
    return Settle(PosixError(Stage::kInternal, ENOMEM, "watch the connection"));
  }
  current().Start();
  Advance();
  Work();
}

void HandshakeRun::Cancel() {
  loop_.CancelTimer(std::exchange(timer_, 0));
  loop_.Unwatch(std::exchange(watch_, 0));
  done_ = nullptr;
}

void HandshakeRun::OnEvents(uint32_t) { Work(); }

void HandshakeRun::Work() {
  while (!over()) {
    if (!Send() && !over() && current_ == handshakes_.size()) return;  // Only room is wanted.
    if (over()) return;
    if (current_ == handshakes_.size()) return Settle(std::nullopt);
    // Receiving goes on while there is no room, so that two full buffers cannot wait for each
    // other.
    if (!ReceiveOnce()) return;
  }
}

bool HandshakeRun::Send() {
  while (!output_.empty()) {
    const iovec part = {output_.data(), output_.size()};
    const IoResult result = SendVector(fd_, absl::MakeConstSpan(&part, 1));
    if (result.outcome == IoResult::Outcome::kWouldBlock) return false;
    if (!result.ok()) {
      // What the peer said before it went may explain more than the broken pipe.
      output_.clear();
      while (!over() && current_ < handshakes_.size() && ReceiveOnce()) output_.clear();
      if (over()) return true;
      if (current_ == handshakes_.size()) {
        Settle(PosixError(Stage::kStream, result.err, "finish the handshake"));
      } else {
        current().ReceiveError(result.err);
        Settle(current().error());
      }
      return true;
    }
    output_.erase(0, result.bytes);
  }
  return true;
}

bool HandshakeRun::ReceiveOnce() {
  if (peer_ended_) return false;
  std::array<char, kReadBytes> buffer;
  const IoResult result = Receive(fd_, absl::MakeSpan(buffer));
  switch (result.outcome) {
    case IoResult::Outcome::kOk:
      Feed(absl::string_view(buffer.data(), result.bytes));
      break;
    case IoResult::Outcome::kWouldBlock:
      return false;
    case IoResult::Outcome::kEnd:
      peer_ended_ = true;
      current().ReceiveEnd();
      Advance();
      break;
    case IoResult::Outcome::kError:
      current().ReceiveError(result.err);
      Advance();
      break;
  }
  return true;
}

void HandshakeRun::Feed(absl::string_view bytes) {
  while (!over() && !bytes.empty()) {
    if (current_ == handshakes_.size()) {
      leftover_ = std::string(bytes);
      return;
    }
    bytes.remove_prefix(current().Receive(bytes));
    Advance();
  }
}

void HandshakeRun::Advance() {
  while (!over() && current_ < handshakes_.size()) {
    output_ += current().TakeOutput();
    switch (current().state()) {
      case Handshake::State::kRunning:
        return;
      case Handshake::State::kFailed: {
        // An alert, say; nobody waits for it.
        const iovec part = {output_.data(), output_.size()};
        if (!output_.empty()) (void)SendVector(fd_, absl::MakeConstSpan(&part, 1));
        return Settle(current().error());
      }
      case Handshake::State::kDone:
        if (++current_ == handshakes_.size()) return;
        current().Start();
        // A peer that said all it will ever say cannot answer what follows.
        if (peer_ended_ && current().state() == Handshake::State::kRunning) current().ReceiveEnd();
        break;
    }
  }
}

void HandshakeRun::OnDeadline() {
  timer_ = 0;
  const std::string limit = absl::StrCat("the handshake timeout of ", absl::FormatDuration(limit_));
  if (current_ < handshakes_.size()) return Settle(current().TimeoutError(limit));
  Settle(PosixError(Stage::kStream, ETIMEDOUT, absl::StrCat("send within ", limit)));
}

void HandshakeRun::Settle(std::optional<Error> error) {
  settled_ = true;
  error_ = std::move(error);
  loop_.CancelTimer(timer_);
  // Keeps the run alive until the callback was called: nothing else may.
  timer_ = loop_.AddTimer(loop_.Now(), [self = shared_from_this()] { self->Deliver(); });
  loop_.Unwatch(std::exchange(watch_, 0));
}

void HandshakeRun::Deliver() {
  timer_ = 0;
  Done done = std::move(done_);
  done_ = nullptr;
  done(Outcome{std::move(error_), std::move(leftover_), std::move(handshakes_)});
}

}  // namespace streampair
