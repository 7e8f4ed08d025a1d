#ifndef STREAMPAIR_CORE_RESOLVE_CACHING_RESOLVER_H_
#define STREAMPAIR_CORE_RESOLVE_CACHING_RESOLVER_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "core/addr/host_name.h"
#include "core/loop/event_loop.h"
#include "core/resolve/resolver.h"

namespace streampair {

// Another resolver, asked once for what many want to know: look-ups of one name and family that are
// under way at a time are one look-up, and an answer is kept for as long as its records say, but no
// longer than a ceiling. Failures are not kept. A thousand pairs to one name so cost one question,
// and a name that moves is followed within the ceiling.
class CachingResolver : public Resolver {
 public:
  struct Settings {
    absl::Duration ttl_ceiling = absl::Seconds(1);  // Zero: nothing is kept.
    size_t max_entries = 1000;                      // The oldest goes first.
  };

  // `loop` must outlive the resolver.
  CachingResolver(EventLoop& loop, std::unique_ptr<Resolver> resolver, const Settings& settings);
  ~CachingResolver() override;

  void Cancel(LookupId id) override;

  // How many look-ups are under way below, and how many answers are kept.
  size_t flights() const { return flights_.size(); }
  size_t entries() const { return entries_.size(); }

 private:
  using Key = std::pair<HostName, AddressFamilies>;
  struct Waiter;
  struct Flight;
  struct Entry {
    Resolution resolution;
    MonotonicTime until;
  };

  LookupId DoStart(const HostName& name, const ResolveOptions& options, Done done,
                   Early early) override;
  void Join(const Key& key, LookupId id);
  void OnEarly(const Key& key, const Resolution& early);
  void OnDone(const Key& key, Result<Resolution> outcome);
  void TellEarly(LookupId id);
  void Finish(LookupId id, Result<Resolution> outcome);
  void Keep(const Key& key, const Resolution& resolution);
  const Resolution* Find(const Key& key);

  EventLoop& loop_;
  const Settings settings_;
  LookupId last_id_ = 0;
  absl::flat_hash_map<LookupId, std::unique_ptr<Waiter>> waiters_;
  absl::flat_hash_map<Key, std::unique_ptr<Flight>> flights_;
  absl::flat_hash_map<Key, Entry> entries_;
  std::deque<Key> age_;  // The keys of all entries, oldest first; some may be gone.
  std::unique_ptr<Resolver> resolver_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_RESOLVE_CACHING_RESOLVER_H_
