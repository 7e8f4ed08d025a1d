#ifndef STREAMPAIR_CORE_DIAL_CONNECT_RACE_H_
#define STREAMPAIR_CORE_DIAL_CONNECT_RACE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "core/addr/endpoint.h"
#include "core/base/error.h"
#include "core/base/monotonic_time.h"
#include "core/base/result.h"
#include "core/base/unique_fd.h"
#include "core/dial/dial_options.h"
#include "core/dial/dial_policy.h"
#include "core/dial/dial_target.h"
#include "core/dial/dialer.h"
#include "core/loop/event_loop.h"

namespace streampair {

// Connects to the first endpoint that can be connected to, of a list that may still grow: RFC 8305
// section 5. The next attempt begins when the one before has failed, or `attempt_delay` after it;
// the first connection wins and the others are closed. A sequential dial is a race with an endless
// delay.
//
// The one place of the server that connects, and only to what was judged. Confined to the loop's
// thread. Holds one socket and one watch for each attempt under way, at most kMaxUnderWay, and one
// timer only while there is a next endpoint to wait for.
class ConnectRace {
 public:
  // Who runs the race. Called inside OfferEndpoints() or later; must not destroy the race then.
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void OnWon(UniqueFd fd, const Endpoint& remote, const Endpoint& local) = 0;

    // Nothing is under way and nothing is left to try.
    virtual void OnDry() = 0;
  };

  // Beyond this the oldest attempt is given up for the next: a name with a hundred dead addresses
  // must not hold a hundred sockets.
  static constexpr size_t kMaxUnderWay = 10;

  // All must outlive the race.
  ConnectRace(EventLoop& loop, const DialPolicy& policy, const DialTarget& target,
              const DialOptions& options, Owner& owner);
  ~ConnectRace();
  ConnectRace(const ConnectRace&) = delete;
  ConnectRace& operator=(const ConnectRace&) = delete;

  // What to try from now on, in that order, in place of what was offered before and not tried yet.
  void OfferEndpoints(std::vector<Endpoint> endpoints);

  // Gives up what is under way, for this reason, and what is still to be tried.
  void Stop(const Error& why);

  bool under_way() const { return !runners_.empty(); }

  // All attempts so far, in the order they were begun.
  const std::vector<Attempt>& attempts() const { return attempts_; }
  std::vector<Attempt> TakeAttempts() { return std::move(attempts_); }

 private:
  class Runner;

  void Advance();
  void ArmTimer();
  void OnTimer();

  // Begins the next attempt. False: it has failed already, or it has won.
  bool Begin(const Endpoint& endpoint);
  Result<bool> JudgeAndConnect(const Endpoint& endpoint, UniqueFd& fd);
  void OnEvents(Runner& runner);
  void TakeConnected(Runner& runner);

  // Ends an attempt. The runner may be gone afterwards.
  void Fail(Runner& runner, Error error);
  void Drop(Runner& runner);

  EventLoop& loop_;
  const DialPolicy& policy_;
  const DialTarget& target_;
  const DialOptions& options_;
  Owner& owner_;

  std::vector<Endpoint> endpoints_;
  size_t next_ = 0;  // The first of them that was not tried yet.
  bool over_ = false;

  absl::InlinedVector<std::shared_ptr<Runner>, 2> runners_;  // Under way, oldest first.
  std::vector<Attempt> attempts_;
  MonotonicTime last_begun_;
  EventLoop::TimerId timer_ = 0;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_DIAL_CONNECT_RACE_H_
