#ifndef STREAMPAIR_CORE_DIAL_DIAL_RUN_H_
#define STREAMPAIR_CORE_DIAL_DIAL_RUN_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

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
#include "core/resolve/resolver.h"

namespace streampair {

// One dial of a SequentialDialer, from Start() to its callback or to Abandon(). Confined to the
// loop's thread. At any time it holds at most one lookup, one socket with its watch, and one timer.
class DialRun : public FdHandler, public std::enable_shared_from_this<DialRun> {
 public:
  // All must outlive the run.
  struct Context {
    EventLoop& loop;
    Resolver& resolver;
    const DialPolicy& policy;
  };

  // `done` is called once, never inside Start(); it may destroy this object.
  DialRun(const Context& context, DialTarget target, const DialOptions& options, Dialer::Done done);

  // Once.
  void Start();

  // Lets go of everything, the callback included. Nothing may be called afterwards.
  void Abandon();

  void OnEvents(uint32_t events) override;  // Of the socket that is connecting.

 private:
  void OnResolved(Result<Resolution> resolved);
  void OnDeadline();

  // Goes on to the next address until one is under way; fails when there is none left.
  void TryNext();

  // Begins an attempt. False: it has failed already.
  bool Try(const Endpoint& endpoint);

  // The only place that connects: to the very endpoint that was judged.
  Result<bool> JudgeAndConnect(const Endpoint& endpoint);

  // The current attempt's socket is connected. False: it turns out to be of no use.
  bool TakeConnected();

  // Ends the current attempt; closes its socket.
  void FailAttempt(Error error);
  void CloseSocket();

  // Ends the dial: delivers from the loop, in place of the deadline.
  void Settle(Result<UniqueFd> socket);
  void Deliver();

  const Context context_;
  const DialTarget target_;
  const DialOptions options_;
  Dialer::Done done_;

  DialOutcome outcome_;
  std::vector<Endpoint> endpoints_;  // What to try, in order.
  size_t next_ = 0;                  // The first of them that was not tried yet.

  EventLoop::TimerId timer_ = 0;  // The deadline's; once settled, the delivery's.
  Resolver::LookupId lookup_ = 0;
  UniqueFd fd_;
  EventLoop::WatchId watch_ = 0;
  MonotonicTime began_;  // The lookup, then the current attempt.
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_DIAL_DIAL_RUN_H_
