#ifndef STREAMPAIR_CORE_DIAL_SEQUENTIAL_DIALER_H_
#define STREAMPAIR_CORE_DIAL_SEQUENTIAL_DIALER_H_

#include <memory>

#include "absl/container/flat_hash_map.h"
#include "core/dial/dial_policy.h"
#include "core/dial/dialer.h"
#include "core/loop/event_loop.h"
#include "core/resolve/resolver.h"

namespace streampair {

class DialRun;

// Tries one address after the other, in the order given or resolved, and the next one on any
// failure: the original's way, which races nothing and gives no address a share of the time of its
// own. A numeric target has its first connect under way when Dial returns.
//
// When the deadline passes, the dial fails with (POSIX, ETIMEDOUT) of stage kConnect while
// connecting, and with (NetDB, EAI_AGAIN) of reason dns_timeout while resolving.
class SequentialDialer : public Dialer {
 public:
  // `loop`, `resolver` and `policy` must outlive this object.
  SequentialDialer(EventLoop& loop, Resolver& resolver, const DialPolicy& policy);
  ~SequentialDialer() override;
  SequentialDialer(const SequentialDialer&) = delete;
  SequentialDialer& operator=(const SequentialDialer&) = delete;

  DialId Dial(DialTarget target, const DialOptions& options, Done done) override;
  void Cancel(DialId id) override;

 private:
  EventLoop& loop_;
  Resolver& resolver_;
  const DialPolicy& policy_;

  DialId last_id_ = 0;
  absl::flat_hash_map<DialId, std::shared_ptr<DialRun>> runs_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_DIAL_SEQUENTIAL_DIALER_H_
