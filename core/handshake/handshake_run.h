#ifndef STREAMPAIR_CORE_HANDSHAKE_HANDSHAKE_RUN_H_
#define STREAMPAIR_CORE_HANDSHAKE_HANDSHAKE_RUN_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/error.h"
#include "core/handshake/handshake.h"
#include "core/loop/event_loop.h"

namespace streampair {

// Takes a connected socket through handshakes, one after the other, within one time limit. Confined
// to the loop's thread; make it with std::make_shared.
class HandshakeRun : public FdHandler, public std::enable_shared_from_this<HandshakeRun> {
 public:
  struct Outcome {
    // Why it failed: the first handshake's error, or that of the time limit.
    std::optional<Error> error;

    // What came from the peer after the last handshake, at most kReadBytes: the first bytes of the
    // stream. More may wait in the socket.
    std::string leftover;

    // Those that were run, given back, in their order.
    std::vector<std::unique_ptr<Handshake>> handshakes;
  };
  using Done = absl::AnyInvocable<void(Outcome)>;

  static constexpr size_t kReadBytes = 16 * 1024;

  // `fd` is a connected, non-blocking socket that nobody watches; it stays its owner's, who keeps
  // it open until the run is over. `loop` must outlive the run. `done` is called once, never inside
  // Start(), when nothing is watched any more; it may destroy this object.
  HandshakeRun(EventLoop& loop, int fd, std::vector<std::unique_ptr<Handshake>> handshakes,
               absl::Duration limit, Done done);
  ~HandshakeRun() override;

  // Once. The time limit begins.
  void Start();

  // Lets go of everything, the callback included, which is destroyed uncalled. Harmless once over.
  void Cancel();

  void OnEvents(uint32_t events) override;

 private:
  Handshake& current() { return *handshakes_[current_]; }
  bool over() const { return settled_ || done_ == nullptr; }

  // Does what can be done now: sends, receives, goes from one handshake to the next.
  void Work();
  // Sends what there is. False: there is no room for the rest.
  bool Send();
  // Reads once and feeds the handshakes. False: there is nothing to read.
  bool ReceiveOnce();
  void Feed(absl::string_view bytes);
  // Takes the current one's output and, if it has ended, starts those that follow.
  void Advance();
  void OnDeadline();
  // Ends the run: delivers from the loop.
  void Settle(std::optional<Error> error);
  void Deliver();

  EventLoop& loop_;
  const int fd_;
  std::vector<std::unique_ptr<Handshake>> handshakes_;
  const absl::Duration limit_;
  Done done_;

  size_t current_ = 0;  // The one that runs; handshakes_.size() when all are done.
  bool settled_ = false;
  bool peer_ended_ = false;
  std::string output_;  // To be sent; what was sent already is dropped at once.
  std::string leftover_;
  std::optional<Error> error_;
  EventLoop::WatchId watch_ = 0;
  EventLoop::TimerId timer_ = 0;  // The deadline's; once settled, the delivery's.
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_HANDSHAKE_HANDSHAKE_RUN_H_
