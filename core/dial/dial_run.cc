#include "core/dial/dial_run.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/net_services_errors.h"
#include "core/base/netdb_errors.h"
#include "core/base/posix_errors.h"
#include "core/dial/attempts_text.h"
#include "core/dial/family_turns.h"

namespace streampair {

DialRun::DialRun(const Context& context, DialTarget target, const DialOptions& options,
                 Dialer::Done done)
    : context_(context),
      target_(std::move(target)),
      judged_(target_),
      options_(options),
      done_(std::move(done)),
      outcome_{UniqueFd(), {}, {}, {}, {}, {}, {}, 0},
      race_(context.loop, context.policy, judged_, options_, *this) {}

void DialRun::Start() {
  began_ = context_.loop.Now();
  timer_ = context_.loop.AddTimer(began_ + options_.connect_timeout, [this] { OnDeadline(); });
  if (std::optional<Error> refused = context_.policy.JudgeTarget(target_)) {
    return Settle(*std::move(refused));
  }
  if (options_.connect_timeout <= absl::ZeroDuration()) return;  // The deadline ends it.
  if (!target_.endpoints.empty()) return race_.OfferEndpoints(target_.endpoints);
  StartResolving();
}

void DialRun::StartResolving() {
  if (!target_.host.has_value() && !target_.service.has_value()) {
    return Settle(NoAddress("the target has neither a name nor an address"));
  }
  if (options_.resolve_timeout < options_.connect_timeout) {
    resolve_timer_ =
        context_.loop.AddTimer(began_ + options_.resolve_timeout, [this] { OnResolveTimeout(); });
  }
  if (target_.host.has_value()) return LookUp(*target_.host);
  service_lookup_ = context_.services.Start(
      *target_.service,
      [this](Result<ResolvedService> resolved) { OnService(std::move(resolved)); });
}

void DialRun::OnService(Result<ResolvedService> resolved) {
  service_lookup_ = 0;
  outcome_.lookup_took = context_.loop.Now() - began_;
  if (!resolved.ok()) return Settle(std::move(resolved).error());
  outcome_.service = *std::move(resolved);
  TryHost(0);
}

// A host of a service is a target of its own: it is judged as if it had been asked for.
void DialRun::TryHost(size_t number) {
  const ServiceHost& host = outcome_.service->hosts[number];
  outcome_.service_host = number;
  outcome_.resolution.reset();
  host_failure_.reset();
  judged_ = DialTarget::ToHost(host.name, host.port);
  if (std::optional<Error> refused = context_.policy.JudgeTarget(judged_)) {
    host_failure_ = *std::move(refused);
    return OnDry();
  }
  first_of_host_ = race_.attempts().size();
  if (host.addresses.empty()) return LookUp({host.name, host.port});
  host_ = DialTarget::NamedHost{host.name, host.port};
  OnResolved(Resolution{host.addresses, host.name.str()});
}

void DialRun::Abandon() {
  context_.loop.CancelTimer(std::exchange(timer_, 0));
  StopResolving();
  race_.Stop(PosixError(Stage::kConnect, ECANCELED, "connect"));
  done_ = nullptr;
}

void DialRun::LookUp(const DialTarget::NamedHost& host) {
  host_ = host;
  ResolveOptions options{options_.families};
  // From an address of one family, nothing of the other can be reached.
  if (options_.source.address.has_value() && options.families == AddressFamilies::kAny) {
    options.families =
        options_.source.address->is_v4() ? AddressFamilies::kIpv4Only : AddressFamilies::kIpv6Only;
  }
  Resolver::Early early;
  if (options_.order == ConnectOrder::kRace) {
    early = [this](const Resolution& resolution) { OnEarly(resolution); };
  }
  lookup_ = context_.resolver.Start(
      host_->name, options,
      [this](Result<Resolution> resolved) { OnResolved(std::move(resolved)); }, std::move(early));
}

void DialRun::OnEarly(const Resolution& early) {
  outcome_.resolution = early;
  outcome_.lookup_took = context_.loop.Now() - began_;
  if (early.addresses.front().is_v6()) return OfferResolved();
  early_timer_ = context_.loop.AddTimer(context_.loop.Now() + kResolutionDelay, [this] {
    early_timer_ = 0;
    OfferResolved();
  });
}

void DialRun::OnResolved(Result<Resolution> resolved) {
  lookup_ = 0;
  context_.loop.CancelTimer(std::exchange(early_timer_, 0));
  if (!target_.service.has_value()) StopResolving();
  outcome_.lookup_took = context_.loop.Now() - began_;
  if (!resolved.ok()) {
    host_failure_ = std::move(resolved).error();
    return OnDry();
  }
  outcome_.resolution = *std::move(resolved);
  OfferResolved();
}

// What is known of the name by now and was not tried yet, the families in turn.
void DialRun::OfferResolved() {
  const std::vector<Attempt>& attempts = race_.attempts();
  const auto tried_before = static_cast<std::ptrdiff_t>(first_of_host_);
  std::vector<IpAddress> addresses = outcome_.resolution->addresses;
  std::erase_if(addresses, [&](const IpAddress& address) {
    return std::any_of(attempts.begin() + tried_before, attempts.end(),
                       [&](const Attempt& attempt) { return attempt.endpoint.address == address; });
  });
  if (options_.order == ConnectOrder::kRace) {
    std::optional<IpAddress::Family> last;
    if (attempts.size() > first_of_host_) last = attempts.back().endpoint.address.family();
    addresses = TakeTurns(addresses, last);
  }
  std::vector<Endpoint> endpoints;
  endpoints.reserve(addresses.size());
  for (const IpAddress& address : addresses) {
    endpoints.push_back(Endpoint{address, host_->port.value()});
  }
  race_.OfferEndpoints(std::move(endpoints));
}

void DialRun::StopResolving() {
  if (resolving() && !outcome_.resolution.has_value()) {
    outcome_.lookup_took = context_.loop.Now() - began_;
  }
  context_.loop.CancelTimer(std::exchange(resolve_timer_, 0));
  context_.services.Cancel(std::exchange(service_lookup_, 0));
  context_.resolver.Cancel(std::exchange(lookup_, 0));
  context_.loop.CancelTimer(std::exchange(early_timer_, 0));
}

void DialRun::OnWon(UniqueFd fd, const Endpoint& remote, const Endpoint& local) {
  outcome_.remote = remote;
  outcome_.local = local;
  Settle(std::move(fd));
}

void DialRun::OnDry() {
  if (resolving() || race_.under_way()) return;  // More may come of it.
  const size_t next = outcome_.service_host + 1;
  if (outcome_.service.has_value() && next < outcome_.service->hosts.size()) return TryHost(next);
  Settle(LastError());
}

void DialRun::OnDeadline() {
  timer_ = 0;
  if (race_.attempts().empty() && resolving()) {
    return Settle(LookupTimeout(options_.connect_timeout));
  }
  Error error = PosixError(Stage::kConnect, ETIMEDOUT,
                           absl::StrCat("connect within the connect timeout of ",
                                        absl::FormatDuration(options_.connect_timeout)));
  race_.Stop(error);
  Settle(race_.attempts().empty() ? std::move(error) : LastError());
}

// What is known by then is tried; only with nothing at all is this the end.
void DialRun::OnResolveTimeout() {
  resolve_timer_ = 0;
  if (!resolving()) return;
  Error error = LookupTimeout(options_.resolve_timeout);
  const bool early_waits = early_timer_ != 0;
  StopResolving();
  if (early_waits) return OfferResolved();
  if (race_.under_way()) return;
  Settle(race_.attempts().empty() ? std::move(error) : LastError());
}

Error DialRun::LookupTimeout(absl::Duration limit) const {
  const std::string text =
      absl::StrCat("no answer within the timeout of ", absl::FormatDuration(limit));
  if (service_lookup_ != 0) {
    return ServiceTimeout(absl::StrCat("\"", target_.service->ToString(), "\": ", text));
  }
  return ResolverTimeout(absl::StrCat("\"", host_->name.str(), "\": ", text));
}

Error DialRun::LastError() const {
  const std::vector<Attempt>& attempts = race_.attempts();
  if (host_failure_.has_value()) {
    if (attempts.empty()) return *host_failure_;
    return Error(*host_failure_).WithNote(DescribeAttempts(attempts));
  }
  Error last = *attempts.back().error;
  if (attempts.size() == 1) return last;
  return std::move(last).WithNote(DescribeAttempts(attempts));
}

void DialRun::Settle(Result<UniqueFd> socket) {
  StopResolving();
  outcome_.socket = std::move(socket);
  context_.loop.CancelTimer(timer_);
  timer_ = context_.loop.AddTimer(context_.loop.Now(), [this] { Deliver(); });
}

void DialRun::Deliver() {
  timer_ = 0;
  outcome_.attempts = race_.TakeAttempts();
  Dialer::Done done = std::move(done_);
  DialOutcome outcome = std::move(outcome_);
  done(std::move(outcome));  // May destroy this object.
}

}  // namespace streampair
