#include "core/dial/racing_dialer.h"

#include <utility>

#include "core/dial/dial_run.h"

namespace streampair {

RacingDialer::RacingDialer(EventLoop& loop, Resolver& resolver, ServiceResolver& services,
                           const DialPolicy& policy)
    : loop_(loop), resolver_(resolver), services_(services), policy_(policy) {}

RacingDialer::~RacingDialer() {
  // The table is out of the way first: destroying a callback may come back here.
  for (auto& [id, run] : std::exchange(runs_, {})) run->Abandon();
}

Dialer::DialId RacingDialer::Dial(DialTarget target, const DialOptions& options, Done done) {
  loop_.AssertHere();
  const DialId id = ++last_id_;
  std::unique_ptr<DialRun>& run = runs_[id];
  const DialPolicy& policy = options.policy != nullptr ? *options.policy : policy_;
  run = std::make_unique<DialRun>(DialRun::Context{loop_, resolver_, services_, policy},
                                  std::move(target), options,
                                  [this, id, done = std::move(done)](DialOutcome outcome) mutable {
                                    runs_.erase(id);
                                    done(std::move(outcome));  // May destroy this dialer.
                                  });
  run->Start();
  return id;
}

void RacingDialer::Cancel(DialId id) {
  loop_.AssertHere();
  auto it = runs_.find(id);
  if (it == runs_.end()) return;
  std::unique_ptr<DialRun> run = std::move(it->second);
  runs_.erase(it);
  run->Abandon();
}

}  // namespace streampair
