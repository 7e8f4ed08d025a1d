#ifndef STREAMPAIR_CORE_DIAL_RACING_DIALER_H_
#define STREAMPAIR_CORE_DIAL_RACING_DIALER_H_

#include <memory>

#include "absl/container/flat_hash_map.h"
#include "core/dial/dial_policy.h"
#include "core/dial/dialer.h"
#include "core/loop/event_loop.h"
#include "core/resolve/resolver.h"
#include "core/resolve/service_resolver.h"

namespace streampair {

class DialRun;

// Tries the addresses of a target by Happy Eyeballs version 2 (RFC 8305), or strictly one after the
// other; see ConnectOrder. A name's addresses are raced in the order of RFC 6724 with the families
// in turn, from the moment that the first family has answered; addresses that the target itself
// gives are tried in its order. A service's hosts are tried one after the other in the order of RFC
// 2782, the addresses of each as those of a name. A numeric target has its first connect under way
// when Dial returns.
//
// When the deadline passes, the dial fails with (POSIX, ETIMEDOUT) of stage kConnect while
// connecting, and with (NetDB, EAI_AGAIN) or (NetServices, -72007) of reason dns_timeout while
// resolving.
class RacingDialer : public Dialer {
 public:
  // All must outlive this object. `policy` judges the dials that bring none of their own.
  RacingDialer(EventLoop& loop, Resolver& resolver, ServiceResolver& services,
               const DialPolicy& policy);
  ~RacingDialer() override;
  RacingDialer(const RacingDialer&) = delete;
  RacingDialer& operator=(const RacingDialer&) = delete;

  DialId Dial(DialTarget target, const DialOptions& options, Done done) override;
  void Cancel(DialId id) override;

 private:
  EventLoop& loop_;
  Resolver& resolver_;
  ServiceResolver& services_;
  const DialPolicy& policy_;

  DialId last_id_ = 0;
  absl::flat_hash_map<DialId, std::unique_ptr<DialRun>> runs_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_DIAL_RACING_DIALER_H_
