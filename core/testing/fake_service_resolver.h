#ifndef STREAMPAIR_CORE_TESTING_FAKE_SERVICE_RESOLVER_H_
#define STREAMPAIR_CORE_TESTING_FAKE_SERVICE_RESOLVER_H_

#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include "core/base/net_services_errors.h"
#include "core/loop/event_loop.h"
#include "core/resolve/service_resolver.h"

namespace streampair {

// A ServiceResolver that answers from a script by ServiceName::ToString(). What the script does not
// know is not found; what is silent ends only by cancelling.
class FakeServiceResolver : public ServiceResolver {
 public:
  // `loop` must outlive the resolver.
  explicit FakeServiceResolver(EventLoop& loop) : loop_(loop) {}
  ~FakeServiceResolver() override {
    for (auto& [id, pending] : std::exchange(pending_, {})) loop_.CancelTimer(pending.timer);
  }

  void Set(const std::string& name, Result<ResolvedService> answer) {
    script_.insert_or_assign(name, std::move(answer));
  }
  void SetSilent(const std::string& name) { silent_ = name; }
  size_t pending() const { return pending_.size(); }

  LookupId Start(const ServiceName& name, Done done) override {
    const LookupId id = ++last_id_;
    Pending& pending = pending_[id];
    pending.done = std::move(done);
    if (name.ToString() == silent_) return id;
    const auto line = script_.find(name.ToString());
    Result<ResolvedService> answer =
        line == script_.end() ? ServiceNotFound(name.ToString()) : line->second;
    pending.timer = loop_.AddTimer(loop_.Now(), [this, id, answer = std::move(answer)]() mutable {
      Done done_now = std::move(pending_.extract(id).mapped().done);
      done_now(std::move(answer));
    });
    return id;
  }

  void Cancel(LookupId id) override {
    auto pending = pending_.extract(id);
    if (!pending.empty()) loop_.CancelTimer(pending.mapped().timer);
  }

 private:
  struct Pending {
    Done done;
    EventLoop::TimerId timer = 0;
  };

  EventLoop& loop_;
  std::map<std::string, Result<ResolvedService>> script_;
  std::string silent_;
  LookupId last_id_ = 0;
  std::map<LookupId, Pending> pending_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TESTING_FAKE_SERVICE_RESOLVER_H_
