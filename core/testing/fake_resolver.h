#ifndef STREAMPAIR_CORE_TESTING_FAKE_RESOLVER_H_
#define STREAMPAIR_CORE_TESTING_FAKE_RESOLVER_H_

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/result.h"
#include "core/loop/event_loop.h"
#include "core/resolve/resolver.h"

namespace streampair {

// A Resolver that answers from a script, on any EventLoop and in its time. A name that the script
// does not know does not exist. Passes the resolver conformance suite.
class FakeResolver : public Resolver {
 public:
  // `loop` must outlive the resolver.
  explicit FakeResolver(EventLoop& loop) : loop_(loop) {}
  ~FakeResolver() override;

  // From now on `name` has these addresses ("192.0.2.1"), told `delay` after the question. None at
  // all gives NoAddress, as does a lookup for the other family.
  void SetAddresses(absl::string_view name, const std::vector<std::string>& addresses,
                    absl::Duration delay = absl::ZeroDuration());

  // From now on `name` has the one family's addresses at once, which an early answer tells, and all
  // of them after `delay`.
  void SetStaggered(absl::string_view name, const std::vector<std::string>& first,
                    const std::vector<std::string>& all, absl::Duration delay);

  // From now on lookups of `name` fail so, respectively end only by their timeout.
  void SetError(absl::string_view name, Error error, absl::Duration delay = absl::ZeroDuration());
  void SetSilent(absl::string_view name);

  // The names of all lookups so far, and how many of them are neither answered nor cancelled.
  const std::vector<std::string>& asked() const { return asked_; }
  size_t pending() const { return pending_.size(); }

  void Cancel(LookupId id) override;

 private:
  struct Line {
    Result<Resolution> answer;
    absl::Duration delay;
    std::optional<Resolution> early = std::nullopt;
  };
  struct Pending {
    Done done;
    EventLoop::TimerId timer;
    EventLoop::TimerId early_timer = 0;
  };

  LookupId DoStart(const HostName& name, const ResolveOptions& options, Done done,
                   Early early) override;

  Result<Resolution> AnswerFor(const HostName& name, AddressFamilies families) const;

  EventLoop& loop_;
  std::map<std::string, Line, std::less<>> script_;
  std::vector<std::string> asked_;
  std::map<LookupId, Pending> pending_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TESTING_FAKE_RESOLVER_H_
