#include "server/policy/pair_judge.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/base/streampair_errors.h"
#include "server/policy/tls_use.h"

namespace streampair {
namespace {

// Whoever names addresses chooses them, so a name beside them proves nothing.
bool IsByName(const DialTarget& target) { return target.endpoints.empty() && target.host; }

PolicyRequest RequestOf(const std::string& principal, HopKind hop, const TlsUse& tls) {
  PolicyRequest request;
  request.principal = principal;
  request.hop = hop;
  if (hop == HopKind::kTarget) {  // A proxy is spoken to in clear, and has no say in the TLS.
    request.tls = tls.strength;
    request.lax_tls = tls.lax;
  }
  return request;
}

// SOCKS4 gets an address if one can be had; the others resolve by themselves.
bool LeavesNameToProxy(const PairSpec& spec) {
  return spec.options.proxies != nullptr &&
         spec.options.proxies->hops.back().protocol != ProxyProtocol::kSocks4;
}

bool Parks(const PairSpec& spec, const PairOptions& options) {
  return !options.closes_socket.value_or(spec.parked_token.empty());
}

// The decision on a target whose socket is to be parked: the rule that allows it has to say so.
PolicyDecision WithParking(const Policy& policy, bool parks, PolicyDecision decision) {
  if (!parks || !decision.allowed || decision.may_park) return decision;
  if (policy.source().mode == RuleMode::kReport) {
    if (decision.would_deny.empty()) decision.would_deny = decision.rule;
    return decision;
  }
  decision.allowed = false;
  decision.reason = "it does not let callers park sockets (may_park)";
  return decision;
}

// Judges one hop kind of one opening.
class Judge final : public DialPolicy {
 public:
  Judge(const PolicyStore& store, Log& log, DecisionBook& book, DecisionListener* listener,
        std::string pair, PolicyRequest request, bool parks)
      : store_(store),
        log_(log),
        book_(book),
        listener_(listener),
        pair_(std::move(pair)),
        request_(std::move(request)),
        parks_(parks) {}

  std::optional<Error> JudgeTarget(const DialTarget& target) const override {
    if (auto closed = book_.MayOpen()) return closed;
    const absl::Time began = absl::Now();
    const PolicyStore::Current current = store_.Get();
    // A service's hosts are judged each by itself, and addresses when they are connected to.
    if (current.policy == nullptr || !IsByName(target)) return std::nullopt;
    PolicyRequest request = request_;
    request.host = target.host->name;
    request.port = target.host->port.value();
    const PolicyDecision decision = current.policy->JudgeName(request);
    if (decision.allowed) return std::nullopt;  // Not the last word, so not on record.
    return Conclude(request, decision, "", current, began);
  }

  std::optional<Error> JudgeAddress(const DialTarget& target,
                                    const Endpoint& endpoint) const override {
    const absl::Time began = absl::Now();
    const PolicyStore::Current current = store_.Get();
    if (current.policy == nullptr) return std::nullopt;
    PolicyRequest request = request_;
    if (IsByName(target)) request.host = target.host->name;
    request.port = endpoint.port;
    return Conclude(request,
                    WithParking(*current.policy, parks_,
                                current.policy->JudgeAddress(request, endpoint.address)),
                    endpoint.address.ToString(), current, began);
  }

  std::optional<Error> JudgeUnresolved(const DialTarget& target) const override {
    const absl::Time began = absl::Now();
    const PolicyStore::Current current = store_.Get();
    if (current.policy == nullptr || !target.host) return std::nullopt;
    PolicyRequest request = request_;
    request.host = target.host->name;
    request.port = target.host->port.value();
    return Conclude(
        request, WithParking(*current.policy, parks_, current.policy->JudgeUnverifiable(request)),
        "unverifiable", current, began);
  }

 private:
  std::optional<Error> Conclude(const PolicyRequest& request, const PolicyDecision& decision,
                                absl::string_view address, const PolicyStore::Current& current,
                                absl::Time began) const {
    if (listener_ != nullptr) listener_->OnDecision(decision);
    if (book_.is_kept()) {
      book_.Note(pair_,
                 {request.hop, std::string(address), decision, current.generation,
                  current.policy->source().mode == RuleMode::kReport},
                 absl::Now() - began);
    }
    if (log_.Wants(LogLevel::kInfo)) {
      LogLine line("policy_decision");
      line.Add("pair", pair_).Add("principal", request.principal);
      line.Add("hop", request.hop == HopKind::kProxy ? "proxy" : "target");
      if (request.host) line.Add("host", request.host->str());
      line.AddUnlessEmpty("address", address).Add("port", int64_t{request.port});
      line.AddSwitch("allow", decision.allowed).Add("rule", decision.rule);
      line.AddUnlessEmpty("would_deny", decision.would_deny);
      line.AddUnlessEmpty("reason", decision.reason);
      line.Add("generation", static_cast<int64_t>(current.generation));
      log_.Write(LogLevel::kInfo, line);
    }
    if (decision.allowed) return std::nullopt;
    return DenialError(decision);
  }

  const PolicyStore& store_;
  Log& log_;
  DecisionBook& book_;
  DecisionListener* const listener_;
  const std::string pair_;
  const PolicyRequest request_;
  const bool parks_;
};

DialTarget TargetOf(const ProxyHop& hop) {
  return DialTarget::ToHost(hop.proxy.host, Port::Make(hop.proxy.port).value());
}

// `target` as somebody was asked for it: "192.0.2.1:80", or by a name that was not resolved here.
PolicyDecision JudgeAsked(const Policy& policy, PolicyRequest request, const DialTarget& target,
                          const std::string& asked) {
  const Result<Endpoint> endpoint = Endpoint::Parse(asked);
  if (endpoint.ok()) {
    if (IsByName(target)) request.host = target.host->name;
    request.port = endpoint->port;
    return policy.JudgeAddress(request, endpoint->address);
  }
  if (target.host) {
    request.host = target.host->name;
    request.port = target.host->port.value();
  }
  return policy.JudgeUnverifiable(request);
}

// What a policy says of a pair as it stands, `remote` being what it is connected to.
PolicyDecision JudgeConnected(const Policy& policy, const StreamPair& pair,
                              const PairOptions& options, const DialRecord& dial) {
  const PairSpec& spec = pair.spec();
  PolicyRequest request = RequestOf(pair.principal(), HopKind::kTarget, TlsUseOf(spec, options));
  const bool parks = Parks(spec, options);
  if (dial.adopted) {
    return WithParking(policy, parks,
                       JudgeAsked(policy, request, dial.adopted->target, dial.adopted->reached));
  }
  if (options.proxies == nullptr) {
    if (dial.service) {
      request.host = dial.service->hosts[dial.service_host].name;
    } else if (IsByName(spec.target)) {
      request.host = spec.target.host->name;
    }
    request.port = dial.remote->port;
    return WithParking(policy, parks, policy.JudgeAddress(request, dial.remote->address));
  }
  // The first proxy by what it was, everything behind it by how it was asked for.
  const std::vector<ProxyHop>& proxies = options.proxies->hops;
  const PolicyRequest proxy_request = RequestOf(pair.principal(), HopKind::kProxy, {});
  PolicyDecision decision =
      JudgeAsked(policy, proxy_request, TargetOf(proxies[0]), dial.remote->ToString());
  for (size_t i = 0; i < dial.hops.size() && decision.allowed; ++i) {
    const bool is_last = i + 1 == proxies.size();
    decision = JudgeAsked(policy, is_last ? request : proxy_request,
                          is_last ? spec.target : TargetOf(proxies[i + 1]), dial.hops[i].target);
  }
  return WithParking(policy, parks, std::move(decision));
}

}  // namespace

Error DenialError(const PolicyDecision& decision) {
  return PolicyDenied(absl::StrCat("rule \"", decision.rule, "\": ", decision.reason));
}

PairPolicy::Judges PairJudge::JudgesFor(const std::string& name, const std::string& principal,
                                        const PairSpec& spec, const PairOptions& options) const {
  const TlsUse tls = TlsUseOf(spec, options);
  const auto judge = [&](HopKind hop, bool parks) {
    return std::make_shared<Judge>(store_, log_, book_, listener_, name,
                                   RequestOf(principal, hop, tls), parks);
  };
  return {judge(HopKind::kTarget, Parks(spec, options)), judge(HopKind::kProxy, false)};
}

std::optional<Error> PairJudge::JudgeSpec(const std::string& principal,
                                          const PairSpec& spec) const {
  const std::shared_ptr<const Policy> policy = store_.Get().policy;
  if (policy == nullptr) return std::nullopt;
  PolicyRequest request = RequestOf(principal, HopKind::kTarget, TlsUseOf(spec, spec.options));
  const bool parks = Parks(spec, spec.options);
  std::optional<Error> refused;
  if (IsByName(spec.target) || (spec.target.host && LeavesNameToProxy(spec))) {
    request.host = spec.target.host->name;
    request.port = spec.target.host->port.value();
    // Which rule will allow a name is known only when its address is.
    const PolicyDecision decision =
        LeavesNameToProxy(spec) ? WithParking(*policy, parks, policy->JudgeUnverifiable(request))
                                : policy->JudgeName(request);
    if (decision.allowed) return std::nullopt;
    return DenialError(decision);
  }
  // One address that may be reached is enough, as it is for the dial.
  for (const Endpoint& endpoint : spec.target.endpoints) {
    request.port = endpoint.port;
    const PolicyDecision decision =
        WithParking(*policy, parks, policy->JudgeAddress(request, endpoint.address));
    if (decision.allowed) return std::nullopt;
    refused = DenialError(decision).WithAddress(endpoint.ToString());
  }
  return refused;
}

std::optional<Error> PairJudge::JudgeChange(const StreamPair& pair,
                                            const PairOptions& options) const {
  const std::shared_ptr<const Policy> policy = store_.Get().policy;
  if (policy == nullptr) return std::nullopt;
  const DialRecord dial = pair.Snapshot().dial;
  if (!dial.remote) {
    PairSpec changed = pair.spec();
    changed.options = options;
    return JudgeSpec(pair.principal(), changed);
  }
  const PolicyDecision decision = JudgeConnected(*policy, pair, options, dial);
  if (decision.allowed) return std::nullopt;
  return DenialError(decision);
}

std::optional<PolicyDecision> PairJudge::JudgeLive(const StreamPair& pair) const {
  const std::shared_ptr<const Policy> policy = store_.Get().policy;
  if (policy == nullptr) return std::nullopt;
  const DialRecord dial = pair.Snapshot().dial;
  if (!dial.remote) return std::nullopt;
  PolicyDecision decision = JudgeConnected(*policy, pair, pair.options(), dial);
  if (decision.allowed) return std::nullopt;
  return decision;
}

}  // namespace streampair
