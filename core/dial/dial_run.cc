#include "core/dial/dial_run.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/netdb_errors.h"
#include "core/base/posix_errors.h"
#include "core/dial/attempts_text.h"
#include "core/dial/family_turns.h"

namespace streampair {

DialRun::DialRun(const Context& context, DialTarget target, const DialOptions& options,
                 Dialer::Done done)
    : context_(context),
      target_(std::move(target)),
      options_(options),
      done_(std::move(done)),
      outcome_{UniqueFd(), {}, {}, {}, {}, {}},
      race_(context.loop, context.policy, target_, options_, *this) {}

void DialRun::Start() {
  began_ = context_.loop.Now();
  timer_ = context_.loop.AddTimer(began_ + options_.connect_timeout, [this] { OnDeadline(); });
  if (std::optional<Error> refused = context_.policy.JudgeTarget(target_)) {
    return Settle(*std::move(refused));
  }
  if (options_.connect_timeout <= absl::ZeroDuration()) return;  // The deadline ends it.
  if (!target_.endpoints.empty()) return race_.OfferEndpoints(target_.endpoints);
  if (target_.host.has_value()) return LookUp();
  Settle(NoAddress("the target has neither a name nor an address"));
}

void DialRun::Abandon() {
  context_.loop.CancelTimer(std::exchange(timer_, 0));
  StopResolving();
  race_.Stop(PosixError(Stage::kConnect, ECANCELED, "connect"));
  done_ = nullptr;
}

void DialRun::LookUp() {
  ResolveOptions options{options_.families, options_.resolve_timeout};
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
      target_.host->name, options,
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
  StopResolving();
  outcome_.lookup_took = context_.loop.Now() - began_;
  if (!resolved.ok()) return Settle(std::move(resolved).error());
  outcome_.resolution = *std::move(resolved);
  OfferResolved();
}

// What is known of the name by now and was not tried yet, the families in turn.
void DialRun::OfferResolved() {
  const std::vector<Attempt>& attempts = race_.attempts();
  std::vector<IpAddress> addresses = outcome_.resolution->addresses;
  std::erase_if(addresses, [&](const IpAddress& address) {
    return std::any_of(attempts.begin(), attempts.end(),
                       [&](const Attempt& attempt) { return attempt.endpoint.address == address; });
  });
  if (options_.order == ConnectOrder::kRace) {
    std::optional<IpAddress::Family> last;
    if (!attempts.empty()) last = attempts.back().endpoint.address.family();
    addresses = TakeTurns(addresses, last);
  }
  std::vector<Endpoint> endpoints;
  endpoints.reserve(addresses.size());
  for (const IpAddress& address : addresses) {
    endpoints.push_back(Endpoint{address, target_.host->port.value()});
  }
  race_.OfferEndpoints(std::move(endpoints));
}

void DialRun::StopResolving() {
  context_.resolver.Cancel(std::exchange(lookup_, 0));
  context_.loop.CancelTimer(std::exchange(early_timer_, 0));
}

void DialRun::OnWon(UniqueFd fd, const Endpoint& remote, const Endpoint& local) {
  outcome_.remote = remote;
  outcome_.local = local;
  Settle(std::move(fd));
}

void DialRun::OnDry() {
  if (lookup_ != 0) return;  // More addresses may come.
  Settle(LastError());
}

void DialRun::OnDeadline() {
  timer_ = 0;
  if (race_.attempts().empty() && lookup_ != 0) return Settle(LookupTimeout());
  Error error = PosixError(Stage::kConnect, ETIMEDOUT,
                           absl::StrCat("connect within the connect timeout of ",
                                        absl::FormatDuration(options_.connect_timeout)));
  race_.Stop(error);
  Settle(race_.attempts().empty() ? std::move(error) : LastError());
}

Error DialRun::LookupTimeout() const {
  return ResolverTimeout(absl::StrCat("\"", target_.host->name.str(),
                                      "\": no answer within the connect timeout of ",
                                      absl::FormatDuration(options_.connect_timeout)));
}

Error DialRun::LastError() const {
  const std::vector<Attempt>& attempts = race_.attempts();
  Error last = *attempts.back().error;
  if (attempts.size() == 1) return last;
  return std::move(last).WithNote(DescribeAttempts(attempts));
}

void DialRun::Settle(Result<UniqueFd> socket) {
  if (lookup_ != 0 && !outcome_.resolution.has_value()) {
    outcome_.lookup_took = context_.loop.Now() - began_;
  }
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
