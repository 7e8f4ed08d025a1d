#include "core/resolve/caching_resolver.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/netdb_errors.h"

namespace streampair {

// One look-up of a caller's.
struct CachingResolver::Waiter {
  Key key;
  Done done;
  Early early;
  // At most one at a time: the caller's own limit, an answer from the cache, or, for one who came
  // late, what the others have been told already.
  EventLoop::TimerId timer = 0;
  EventLoop::TimerId early_timer = 0;
};

// One look-up below. Those who wait for it are told in the order in which they came.
struct CachingResolver::Flight {
  LookupId lookup = 0;
  std::vector<LookupId> waiters;
  std::optional<Resolution> early;
};

CachingResolver::CachingResolver(EventLoop& loop, std::unique_ptr<Resolver> resolver,
                                 const Settings& settings)
    : loop_(loop), settings_(settings), resolver_(std::move(resolver)) {}

CachingResolver::~CachingResolver() {
  for (auto& [id, waiter] : waiters_) {
    loop_.CancelTimer(waiter->timer);
    loop_.CancelTimer(waiter->early_timer);
  }
  resolver_.reset();
  // The table is out of the way first: destroying a callback may come back here.
  std::exchange(waiters_, {}).clear();
}

Resolver::LookupId CachingResolver::DoStart(const HostName& name, const ResolveOptions& options,
                                            Done done, Early early) {
  loop_.AssertHere();
  const LookupId id = ++last_id_;
  const Key key(name, options.families);
  auto& waiter =
      *(waiters_[id] = std::make_unique<Waiter>(Waiter{key, std::move(done), std::move(early)}));
  if (options.timeout > absl::ZeroDuration()) {
    if (const Resolution* kept = Find(key)) {
      waiter.timer = loop_.AddTimer(
          loop_.Now(), [this, id, outcome = *kept]() mutable { Finish(id, std::move(outcome)); });
      return id;
    }
  }
  if (options.timeout != absl::InfiniteDuration()) {
    waiter.timer = loop_.AddTimer(loop_.Now() + options.timeout, [this, id, name] {
      Finish(id, ResolverTimeout(absl::StrCat("\"", name.str(), "\": no answer in time")));
    });
  }
  if (options.timeout > absl::ZeroDuration()) Join(key, id);
  return id;
}

void CachingResolver::Join(const Key& key, LookupId id) {
  std::unique_ptr<Flight>& flight = flights_[key];
  if (flight == nullptr) {
    flight = std::make_unique<Flight>();
    flight->lookup = resolver_->Start(
        key.first, ResolveOptions{key.second},
        [this, key](Result<Resolution> outcome) { OnDone(key, std::move(outcome)); },
        [this, key](const Resolution& early) { OnEarly(key, early); });
  }
  flight->waiters.push_back(id);
  if (!flight->early.has_value()) return;
  Waiter& waiter = *waiters_.at(id);
  if (waiter.early == nullptr) return;
  waiter.early_timer = loop_.AddTimer(loop_.Now(), [this, id] { TellEarly(id); });
}

// A callback may cancel others, start more, or destroy this resolver: so each is told in a turn of
// its own, and what became of it is seen then.
void CachingResolver::OnEarly(const Key& key, const Resolution& early) {
  Flight& flight = *flights_.at(key);
  flight.early = early;
  for (const LookupId id : flight.waiters) {
    Waiter& waiter = *waiters_.at(id);
    if (waiter.early == nullptr) continue;
    waiter.early_timer = loop_.AddTimer(loop_.Now(), [this, id] { TellEarly(id); });
  }
}

void CachingResolver::TellEarly(LookupId id) {
  Waiter& waiter = *waiters_.at(id);
  waiter.early_timer = 0;
  const Resolution early = *flights_.at(waiter.key)->early;
  Early tell = std::exchange(waiter.early, nullptr);
  tell(early);  // May destroy this resolver.
}

void CachingResolver::OnDone(const Key& key, Result<Resolution> outcome) {
  const std::unique_ptr<Flight> flight = std::move(flights_.extract(key).mapped());
  if (outcome.ok()) Keep(key, *outcome);
  for (const LookupId id : flight->waiters) {
    Waiter& waiter = *waiters_.at(id);
    loop_.CancelTimer(std::exchange(waiter.early_timer, 0));
    loop_.CancelTimer(waiter.timer);
    waiter.timer = loop_.AddTimer(loop_.Now(), [this, id, outcome] { Finish(id, outcome); });
  }
}

void CachingResolver::Finish(LookupId id, Result<Resolution> outcome) {
  Done done = std::move(waiters_.at(id)->done);
  waiters_.at(id)->timer = 0;
  Cancel(id);
  done(std::move(outcome));  // May destroy this resolver.
}

void CachingResolver::Cancel(LookupId id) {
  loop_.AssertHere();
  auto extracted = waiters_.extract(id);
  if (extracted.empty()) return;
  const std::unique_ptr<Waiter> waiter = std::move(extracted.mapped());
  loop_.CancelTimer(waiter->timer);
  loop_.CancelTimer(waiter->early_timer);
  const auto flight = flights_.find(waiter->key);
  if (flight == flights_.end()) return;
  std::vector<LookupId>& waiting = flight->second->waiters;
  waiting.erase(std::remove(waiting.begin(), waiting.end(), id), waiting.end());
  if (!waiting.empty()) return;
  resolver_->Cancel(flight->second->lookup);
  flights_.erase(flight);
}

void CachingResolver::Keep(const Key& key, const Resolution& resolution) {
  const absl::Duration ttl = std::min(resolution.ttl, settings_.ttl_ceiling);
  if (ttl <= absl::ZeroDuration()) return;
  entries_[key] = Entry{resolution, loop_.Now() + ttl};
  age_.push_back(key);
  while (age_.size() > settings_.max_entries) {
    entries_.erase(age_.front());
    age_.pop_front();
  }
}

const Resolution* CachingResolver::Find(const Key& key) {
  const auto entry = entries_.find(key);
  if (entry == entries_.end()) return nullptr;
  if (loop_.Now() < entry->second.until) return &entry->second.resolution;
  entries_.erase(entry);
  return nullptr;
}

}  // namespace streampair
