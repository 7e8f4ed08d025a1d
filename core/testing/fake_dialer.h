#ifndef STREAMPAIR_CORE_TESTING_FAKE_DIALER_H_
#define STREAMPAIR_CORE_TESTING_FAKE_DIALER_H_

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "core/base/error.h"
#include "core/base/unique_fd.h"
#include "core/dial/dialer.h"
#include "core/loop/event_loop.h"

namespace streampair {

// A Dialer whose dials end as the test says: each by Finish(), or all by a script. It connects
// nothing; the test hands it sockets (one end of a socketpair, say). Passes the dialer conformance
// suite.
class FakeDialer : public Dialer {
 public:
  struct Request {
    DialId id;
    DialTarget target;
    DialOptions options;
  };
  using Script = std::function<std::optional<DialOutcome>(const Request&)>;

  // `loop` must outlive the dialer.
  explicit FakeDialer(EventLoop& loop) : loop_(loop) {}
  ~FakeDialer() override;

  // From now on a dial ends at once (in the loop's next turn) as `script` says; one for which it
  // says nothing waits for Finish().
  void SetScript(Script script) { script_ = std::move(script); }

  // Ends a dial that waits: its callback is called in the loop's next turn. Requires: it does wait.
  void Finish(DialId id, DialOutcome outcome);

  // All dials so far, in order, and how many are neither ended nor cancelled.
  const std::vector<Request>& requests() const { return requests_; }
  size_t pending() const { return pending_.size(); }

  DialId Dial(DialTarget target, const DialOptions& options, Done done) override;
  void Cancel(DialId id) override;

 private:
  struct Pending {
    Done done;
    EventLoop::TimerId timer = 0;
  };

  EventLoop& loop_;
  Script script_;
  std::vector<Request> requests_;
  std::map<DialId, Pending> pending_;
};

// Outcomes for FakeDialer: `socket` connected to `remote`, with one attempt; or a failure without
// any.
DialOutcome ConnectedOutcome(UniqueFd socket, const Endpoint& remote);
DialOutcome FailedOutcome(Error error);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TESTING_FAKE_DIALER_H_
