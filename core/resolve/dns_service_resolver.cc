#include "core/resolve/dns_service_resolver.h"

#include <ares.h>
#include <arpa/nameser.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/net_services_errors.h"
#include "core/resolve/service_answer.h"

namespace streampair {

// One lookup from Start() to its callback.
struct DnsServiceResolver::Lookup {
  std::string name;  // For texts.
  Done done;
  EventLoop::TimerId timer = 0;  // Delivers: at the deadline, or as soon as there is an outcome.
  MonotonicTime due;
  bool txt_answered = false;
  std::optional<Result<std::vector<ServiceHost>>> hosts;
  std::vector<std::string> txt;
};

Result<std::unique_ptr<DnsServiceResolver>> DnsServiceResolver::Make(EventLoop& loop,
                                                                     const CaresOptions& options) {
  std::unique_ptr<DnsServiceResolver> resolver(new DnsServiceResolver(loop, options));
  // With one server its refusal is the answer; with several, the next one is asked.
  CaresChannel::Settings settings{options.servers, options.try_timeout, options.tries, true};
  for (const bool last : {false, true}) {
    auto channel = CaresChannel::Make(loop, settings);
    if (!channel.ok()) return std::move(channel).error();
    resolver->channel_ = *std::move(channel);
    if (last || resolver->channel_->server_count() <= 1) break;
    settings.take_refusals = false;
  }
  return resolver;
}

DnsServiceResolver::DnsServiceResolver(EventLoop& loop, const CaresOptions& options)
    : loop_(loop), try_timeout_(options.try_timeout), lookup_timeout_(options.lookup_timeout) {}

DnsServiceResolver::~DnsServiceResolver() {
  for (auto& [id, lookup] : lookups_) loop_.CancelTimer(lookup->timer);
}

ServiceResolver::LookupId DnsServiceResolver::Start(const ServiceName& name, Done done) {
  loop_.AssertHere();
  const LookupId id = ++last_id_;
  Lookup& lookup = *(lookups_[id] = std::make_unique<Lookup>());
  lookup.name = name.ToString();
  lookup.done = std::move(done);
  DeliverAt(id, loop_.Now() + lookup_timeout_);
  const std::string dns_name = name.ToDnsName();
  channel_->AskRecords(dns_name, ns_t_srv,
                       [this, id](const CaresChannel::Message& message) { OnSrv(id, message); });
  channel_->AskRecords(dns_name, ns_t_txt,
                       [this, id](const CaresChannel::Message& message) { OnTxt(id, message); });
  return id;
}

// This and the next run inside c-ares, so the outcome is delivered from the loop.
void DnsServiceResolver::OnSrv(LookupId id, const CaresChannel::Message& message) {
  auto it = lookups_.find(id);
  if (it == lookups_.end()) return;  // Cancelled, or out of time.
  Lookup& lookup = *it->second;
  if (message.status == ARES_SUCCESS) {
    lookup.hosts = ReadSrvAnswer(message.bytes, lookup.name, random_);
  } else {
    lookup.hosts = ServiceLookupError(message.status, lookup.name);
  }
  const bool wait = lookup.hosts->ok() && !lookup.txt_answered;
  DeliverAt(id, wait ? std::min(lookup.due, loop_.Now() + try_timeout_) : loop_.Now());
}

void DnsServiceResolver::OnTxt(LookupId id, const CaresChannel::Message& message) {
  auto it = lookups_.find(id);
  if (it == lookups_.end()) return;
  Lookup& lookup = *it->second;
  lookup.txt_answered = true;
  if (message.status == ARES_SUCCESS) lookup.txt = ReadTxtAnswer(message.bytes);
  if (lookup.hosts.has_value()) DeliverAt(id, loop_.Now());
}

void DnsServiceResolver::DeliverAt(LookupId id, MonotonicTime when) {
  Lookup& lookup = *lookups_.at(id);
  loop_.CancelTimer(lookup.timer);
  lookup.due = when;
  lookup.timer = loop_.AddTimer(when, [this, id] { Deliver(id); });
}

void DnsServiceResolver::Deliver(LookupId id) {
  auto it = lookups_.find(id);
  std::unique_ptr<Lookup> lookup = std::move(it->second);
  lookups_.erase(it);
  AbandonIfIdle();
  Result<ResolvedService> outcome =
      ServiceTimeout(absl::StrCat("\"", lookup->name, "\": no answer in time"));
  if (lookup->hosts.has_value()) {
    if (lookup->hosts->ok()) {
      outcome = ResolvedService{**std::move(lookup->hosts), std::move(lookup->txt)};
    } else {
      outcome = lookup->hosts->error();
    }
  }
  lookup->done(std::move(outcome));  // May destroy this resolver.
}

void DnsServiceResolver::Cancel(LookupId id) {
  loop_.AssertHere();
  auto it = lookups_.find(id);
  if (it == lookups_.end()) return;
  // Out of the table first: destroying the callback may come back here.
  std::unique_ptr<Lookup> lookup = std::move(it->second);
  lookups_.erase(it);
  loop_.CancelTimer(lookup->timer);
  AbandonIfIdle();
}

void DnsServiceResolver::AbandonIfIdle() {
  if (lookups_.empty() && channel_->open_questions() > 0) channel_->AbandonAll();
}

}  // namespace streampair
