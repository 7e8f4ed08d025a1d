#include "core/testing/fake_dialer.h"

#include <optional>
#include <utility>

#include "core/base/check.h"

namespace streampair {

FakeDialer::~FakeDialer() {
  for (auto& [id, pending] : std::exchange(pending_, {})) loop_.CancelTimer(pending.timer);
}

void FakeDialer::Finish(DialId id, DialOutcome outcome) {
  const auto pending = pending_.find(id);
  SP_CHECK(pending != pending_.end() && pending->second.timer == 0);
  pending->second.timer =
      loop_.AddTimer(loop_.Now(), [this, id, outcome = std::move(outcome)]() mutable {
        Done done = std::move(pending_.extract(id).mapped().done);
        done(std::move(outcome));
      });
}

Dialer::DialId FakeDialer::Dial(DialTarget target, const DialOptions& options, Done done) {
  const DialId id = requests_.size() + 1;
  requests_.push_back(Request{id, std::move(target), options});
  pending_.emplace(id, Pending{std::move(done)});
  if (!script_) return id;
  std::optional<DialOutcome> outcome = script_(requests_.back());
  if (outcome.has_value()) Finish(id, *std::move(outcome));
  return id;
}

void FakeDialer::Cancel(DialId id) {
  auto pending = pending_.extract(id);
  if (!pending.empty()) loop_.CancelTimer(pending.mapped().timer);
}

DialOutcome ConnectedOutcome(UniqueFd socket, const Endpoint& remote) {
  return DialOutcome{std::move(socket), remote,       Endpoint{IpAddress(), 0},
                     {Attempt{remote}}, std::nullopt, absl::ZeroDuration()};
}

DialOutcome FailedOutcome(Error error) {
  return DialOutcome{std::move(error), {}, {}, {}, {}, absl::ZeroDuration()};
}

}  // namespace streampair
