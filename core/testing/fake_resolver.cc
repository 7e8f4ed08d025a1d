#include "core/testing/fake_resolver.h"

#include <algorithm>
#include <utility>

#include "core/base/netdb_errors.h"

namespace streampair {

FakeResolver::~FakeResolver() {
  for (auto& [id, pending] : std::exchange(pending_, {})) {
    loop_.CancelTimer(pending.timer);
    loop_.CancelTimer(pending.early_timer);
  }
}

void FakeResolver::SetAddresses(absl::string_view name, const std::vector<std::string>& addresses,
                                absl::Duration delay) {
  Resolution resolution{{}, std::string(name), absl::Seconds(60)};
  for (const std::string& text : addresses) {
    resolution.addresses.push_back(IpAddress::Parse(text).value());
  }
  script_.insert_or_assign(std::string(name), Line{std::move(resolution), delay});
}

void FakeResolver::SetStaggered(absl::string_view name, const std::vector<std::string>& first,
                                const std::vector<std::string>& all, absl::Duration delay) {
  SetAddresses(name, first);
  std::optional<Resolution> early = script_.find(name)->second.answer.value();
  SetAddresses(name, all, delay);
  script_.find(name)->second.early = std::move(early);
}

void FakeResolver::SetError(absl::string_view name, Error error, absl::Duration delay) {
  script_.insert_or_assign(std::string(name), Line{std::move(error), delay});
}

void FakeResolver::SetSilent(absl::string_view name) {
  SetError(name, ResolverTimeout("silent"), absl::InfiniteDuration());
}

Result<Resolution> FakeResolver::AnswerFor(const HostName& name, AddressFamilies families) const {
  const auto line = script_.find(name.str());
  if (line == script_.end()) return NameUnknown(name.str());
  Result<Resolution> answer = line->second.answer;
  if (!answer.ok()) return answer;
  std::erase_if(answer->addresses, [families](const IpAddress& address) {
    return families == (address.is_v4() ? AddressFamilies::kIpv6Only : AddressFamilies::kIpv4Only);
  });
  if (answer->addresses.empty()) return NoAddress(name.str());
  return answer;
}

Resolver::LookupId FakeResolver::DoStart(const HostName& name, const ResolveOptions& options,
                                         Done done, Early early) {
  asked_.push_back(name.str());
  const LookupId id = asked_.size();
  const auto line = script_.find(name.str());
  absl::Duration delay = line == script_.end() ? absl::ZeroDuration() : line->second.delay;
  Result<Resolution> answer = AnswerFor(name, options.families);
  if (options.timeout <= absl::ZeroDuration() || options.timeout < delay) {
    delay = options.timeout;
    answer = ResolverTimeout(name.str());
  }
  const EventLoop::TimerId timer =
      loop_.AddTimer(loop_.Now() + delay, [this, id, answer = std::move(answer)]() mutable {
        auto pending = pending_.extract(id);
        loop_.CancelTimer(pending.mapped().early_timer);
        Done done_now = std::move(pending.mapped().done);
        done_now(std::move(answer));
      });
  Pending& pending = pending_.emplace(id, Pending{std::move(done), timer}).first->second;
  if (early != nullptr && line != script_.end() && line->second.early.has_value()) {
    pending.early_timer = loop_.AddTimer(
        loop_.Now(),
        [early = std::move(early), first = *line->second.early]() mutable { early(first); });
  }
  return id;
}

void FakeResolver::Cancel(LookupId id) {
  auto pending = pending_.extract(id);
  if (pending.empty()) return;
  loop_.CancelTimer(pending.mapped().timer);
  loop_.CancelTimer(pending.mapped().early_timer);
}

}  // namespace streampair
