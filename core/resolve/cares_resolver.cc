#include "core/resolve/cares_resolver.h"

#include <ares.h>

#include <algorithm>
#include <utility>

#include "core/base/streampair_errors.h"
#include "core/resolve/address_order.h"
#include "core/resolve/family_answers.h"
#include "core/resolve/source_address.h"

namespace streampair {

// One lookup from Start() to its callback.
struct CaresResolver::Lookup {
  std::string name;
  Done done;
  Early early;
  EventLoop::TimerId early_timer = 0;
  EventLoop::TimerId timer = 0;  // Delivers: at the deadline, or as soon as there is an outcome.
  MonotonicTime due;             // When.
  int unanswered = 0;
  FamilyAnswers answers;
  std::optional<Resolution> from_hosts;
};

namespace {

Result<void> Check(const CaresOptions& options) {
  if (options.try_timeout < absl::Milliseconds(10) || options.try_timeout > absl::Minutes(1)) {
    return InvalidRequest("the DNS try timeout must be from 10 ms to 1 min");
  }
  if (options.tries < 1 || options.tries > 10) {
    return InvalidRequest("the number of DNS tries must be from 1 to 10");
  }
  if (options.lookup_timeout <= absl::ZeroDuration()) {
    return InvalidRequest("the DNS lookup timeout must be positive");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<CaresResolver>> CaresResolver::Make(EventLoop& loop,
                                                           const CaresOptions& options) {
  if (Result<void> valid = Check(options); !valid.ok()) return std::move(valid).error();
  std::unique_ptr<CaresResolver> resolver(new CaresResolver(loop, options));

  CaresChannel::Settings settings{options.servers, options.try_timeout, options.tries, true};
  Result<std::unique_ptr<CaresChannel>> channel = CaresChannel::Make(loop, settings);
  if (!channel.ok()) return std::move(channel).error();
  resolver->channel_ = std::move(*channel);
  if (resolver->channel_->server_count() > 1) {
    settings.take_refusals = false;
    Result<std::unique_ptr<CaresChannel>> fallback = CaresChannel::Make(loop, settings);
    if (!fallback.ok()) return std::move(fallback).error();
    resolver->fallback_ = std::move(*fallback);
  }
  return resolver;
}

CaresResolver::CaresResolver(EventLoop& loop, const CaresOptions& options)
    : loop_(loop), try_timeout_(options.try_timeout), lookup_timeout_(options.lookup_timeout) {}

CaresResolver::~CaresResolver() {
  for (auto& [id, lookup] : lookups_) {
    loop_.CancelTimer(lookup->timer);
    loop_.CancelTimer(lookup->early_timer);
  }
}

Resolver::LookupId CaresResolver::DoStart(const HostName& name, const ResolveOptions& options,
                                          Done done, Early early) {
  loop_.AssertHere();
  const LookupId id = ++last_id_;
  Lookup& lookup = *(lookups_[id] = std::make_unique<Lookup>());
  lookup.name = name.str();
  lookup.done = std::move(done);
  lookup.early = std::move(early);
  const MonotonicTime now = loop_.Now();
  const absl::Duration limit = std::min(options.timeout, lookup_timeout_);
  const bool v6 = options.families != AddressFamilies::kIpv4Only;
  const bool v4 = options.families != AddressFamilies::kIpv6Only;
  lookup.unanswered = v6 + v4;  // Before asking: an answer may come inside Ask().
  if (limit > absl::ZeroDuration()) lookup.from_hosts = hosts_.LookUp(name, options.families);
  if (lookup.from_hosts.has_value() || limit <= absl::ZeroDuration()) {
    DeliverAt(id, now);
    return id;
  }
  DeliverAt(id, now + limit);
  if (v6) Ask(id, name.str(), IpAddress::Family::kV6);
  if (v4) Ask(id, name.str(), IpAddress::Family::kV4);
  return id;
}

void CaresResolver::Ask(LookupId id, const std::string& name, IpAddress::Family family) {
  channel_->Ask(name, family, [this, id, name, family](CaresAnswer answer) {
    if (fallback_ == nullptr || !IsRefusal(answer.status) || !lookups_.contains(id)) {
      return OnAnswer(id, std::move(answer));
    }
    // If no server does better, the refusal is what is reported: it tells more than what c-ares
    // says then.
    fallback_->Ask(name, family, [this, id, refusal = std::move(answer)](CaresAnswer second) {
      const bool better = second.status != ARES_ECONNREFUSED && second.status != ARES_ETIMEOUT;
      OnAnswer(id, better ? std::move(second) : refusal);
    });
  });
}

// Runs inside c-ares, so the outcome is delivered from the loop.
void CaresResolver::OnAnswer(LookupId id, CaresAnswer answer) {
  auto it = lookups_.find(id);
  if (it == lookups_.end()) return;  // Cancelled, or out of time.
  Lookup& lookup = *it->second;
  lookup.answers.Add(std::move(answer));
  const MonotonicTime now = loop_.Now();
  if (--lookup.unanswered == 0) return DeliverAt(id, now);
  // With addresses in hand, the other family gets the time of one try, not of all.
  if (!lookup.answers.HasAddresses()) return;
  DeliverAt(id, std::min(lookup.due, now + try_timeout_));
  if (lookup.early == nullptr) return;
  lookup.early_timer = loop_.AddTimer(now, [this, id] { DeliverEarly(id); });
}

void CaresResolver::DeliverEarly(LookupId id) {
  Lookup& lookup = *lookups_.at(id);
  lookup.early_timer = 0;
  Resolution early = FamilyAnswers(lookup.answers).Take(lookup.name).value();
  SortByRfc6724(early.addresses, SourceAddressFor);
  Early tell = std::move(lookup.early);
  tell(early);  // May destroy this resolver.
}

void CaresResolver::DeliverAt(LookupId id, MonotonicTime when) {
  Lookup& lookup = *lookups_.at(id);
  loop_.CancelTimer(lookup.timer);
  lookup.due = when;
  lookup.timer = loop_.AddTimer(when, [this, id] { Deliver(id); });
}

void CaresResolver::Deliver(LookupId id) {
  auto it = lookups_.find(id);
  std::unique_ptr<Lookup> lookup = std::move(it->second);
  lookups_.erase(it);
  loop_.CancelTimer(lookup->early_timer);
  AbandonIfIdle();
  if (lookup->unanswered > 0) lookup->answers.Add({ARES_ETIMEOUT, {}, {}});
  Result<Resolution> outcome = lookup->from_hosts.has_value()
                                   ? Result<Resolution>(*std::move(lookup->from_hosts))
                                   : lookup->answers.Take(lookup->name);
  if (outcome.ok()) SortByRfc6724(outcome->addresses, SourceAddressFor);
  lookup->done(std::move(outcome));  // May destroy this resolver.
}

void CaresResolver::Cancel(LookupId id) {
  loop_.AssertHere();
  auto it = lookups_.find(id);
  if (it == lookups_.end()) return;
  // Out of the table first: destroying the callback may come back here.
  std::unique_ptr<Lookup> lookup = std::move(it->second);
  lookups_.erase(it);
  loop_.CancelTimer(lookup->timer);
  loop_.CancelTimer(lookup->early_timer);
  AbandonIfIdle();
}

void CaresResolver::AbandonIfIdle() {
  if (!lookups_.empty()) return;
  if (channel_->open_questions() > 0) channel_->AbandonAll();
  if (fallback_ != nullptr && fallback_->open_questions() > 0) fallback_->AbandonAll();
}

}  // namespace streampair
