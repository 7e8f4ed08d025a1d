#include "core/pair/proxy_route.h"

#include <cerrno>
#include <utility>
#include <variant>

#include "core/base/check.h"
#include "core/base/netdb_errors.h"
#include "core/base/posix_errors.h"
#include "core/base/streampair_errors.h"

namespace streampair {
namespace {

DialTarget TargetOf(const ProxyHop& hop) {
  return DialTarget::ToHost(hop.proxy.host, Port::Make(hop.proxy.port).value());
}

// The one form for proxies that resolve by themselves: the name if there is one, as the contract
// has it even for a host whose addresses are known.
Result<HostPort> NameOrAddress(const DialTarget& target) {
  if (target.service) return Unimplemented("net services as targets behind a proxy");
  if (target.host) return HostPort{target.host->name, target.host->port.value()};
  if (target.endpoints.empty()) return NoAddress("the target has neither a name nor an address");
  return HostPort{target.endpoints.front().address, target.endpoints.front().port};
}

std::optional<Endpoint> AddressIn(const HostPort& destination) {
  const auto* address = std::get_if<IpAddress>(&destination.host);
  if (address == nullptr) return std::nullopt;
  return Endpoint{*address, destination.port};
}

}  // namespace

ProxyRoute::ProxyRoute(const Context& context, DialTarget target,
                       std::shared_ptr<const ProxyOptions> proxies, absl::Duration lookup_limit)
    : context_(context), proxies_(std::move(proxies)), lookup_limit_(lookup_limit) {
  SP_CHECK(!proxies_->hops.empty());
  hops_.resize(proxies_->hops.size());
  records_.resize(hops_.size());
  for (size_t i = 0; i < hops_.size(); ++i) {
    records_[i].protocol = proxies_->hops[i].protocol;
    records_[i].proxy = proxies_->hops[i].proxy.ToString();
    if (i + 1 < hops_.size()) hops_[i].target = TargetOf(proxies_->hops[i + 1]);
  }
  hops_.back().target = std::move(target);
}

ProxyRoute::~ProxyRoute() {
  for (const Hop& hop : hops_) context_.resolver->Cancel(hop.lookup);
}

DialTarget ProxyRoute::FirstProxy() const { return TargetOf(proxies_->hops.front()); }

const DialPolicy& ProxyRoute::PolicyOf(const Hop& hop) const {
  return &hop == &hops_.back() ? *context_.target_policy : *context_.proxy_policy;
}

std::optional<Error> ProxyRoute::Judge() const {
  for (size_t i = 0; i < hops_.size(); ++i) {
    const DialTarget& target = hops_[i].target;
    const DialPolicy& policy = PolicyOf(hops_[i]);
    if (auto refused = policy.JudgeTarget(target)) return refused;
    if (proxies_->hops[i].protocol == ProxyProtocol::kSocks4) continue;  // Chooses its address.
    const Result<HostPort> destination = NameOrAddress(target);
    if (!destination.ok()) return destination.error();
    const std::optional<Endpoint> endpoint = AddressIn(*destination);
    auto refused =
        endpoint ? policy.JudgeAddress(target, *endpoint) : policy.JudgeUnresolved(target);
    if (refused) return refused;
  }
  return std::nullopt;
}

std::optional<Error> ProxyRoute::Start(Done done) {
  if (std::optional<Error> refused = Judge()) return refused;
  done_ = std::move(done);
  for (size_t i = 0; i < hops_.size(); ++i) {
    Hop& hop = hops_[i];
    if (proxies_->hops[i].protocol != ProxyProtocol::kSocks4) continue;
    if (!hop.target.endpoints.empty() || !hop.target.host) continue;
    ++pending_;
    hop.lookup = context_.resolver->Start(hop.target.host->name,
                                          ResolveOptions{AddressFamilies::kAny, lookup_limit_},
                                          [this, &hop](Result<Resolution> answer) {
                                            hop.lookup = 0;
                                            // A failure is no error here: the proxy is asked by
                                            // name then.
                                            if (answer.ok()) hop.resolution = *std::move(answer);
                                            if (--pending_ == 0) done_();
                                          });
  }
  return std::nullopt;
}

Result<std::vector<std::unique_ptr<Handshake>>> ProxyRoute::MakeHandshakes() {
  SP_CHECK(resolved());
  std::vector<std::unique_ptr<Handshake>> handshakes;
  for (size_t i = 0; i < hops_.size(); ++i) {
    Result<HostPort> destination = Destination(i);
    if (!destination.ok()) return std::move(destination).error();
    records_[i].target = destination->ToString();
    std::unique_ptr<ProxyHandshake> handshake = MakeProxyHandshake(proxies_->hops[i], *destination);
    hops_[i].handshake = handshake.get();
    handshakes.push_back(std::move(handshake));
  }
  return handshakes;
}

Result<HostPort> ProxyRoute::Destination(size_t index) const {
  const Hop& hop = hops_[index];
  if (proxies_->hops[index].protocol != ProxyProtocol::kSocks4) return NameOrAddress(hop.target);
  Result<HostPort> destination = Socks4Destination(hop);
  if (destination.ok()) return destination;
  return std::move(destination).error().WithAddress(records_[index].proxy);
}

Result<HostPort> ProxyRoute::Socks4Destination(const Hop& hop) const {
  if (!hop.target.endpoints.empty()) return FirstIpv4(hop, hop.target.endpoints);
  if (!hop.resolution) {  // SOCKS4a.
    if (auto refused = PolicyOf(hop).JudgeUnresolved(hop.target)) return *std::move(refused);
    return NameOrAddress(hop.target);
  }
  std::vector<Endpoint> candidates;
  for (const IpAddress& address : hop.resolution->addresses) {
    candidates.push_back({address, hop.target.host->port.value()});
  }
  return FirstIpv4(hop, candidates);
}

Result<HostPort> ProxyRoute::FirstIpv4(const Hop& hop,
                                       const std::vector<Endpoint>& candidates) const {
  std::optional<Error> refused;
  for (const Endpoint& endpoint : candidates) {
    if (!endpoint.address.is_v4()) continue;
    refused = PolicyOf(hop).JudgeAddress(hop.target, endpoint);
    if (!refused) return HostPort{endpoint.address, endpoint.port};
  }
  if (refused) return *std::move(refused);
  return PosixError(Stage::kProxy, EINVAL, "find an IPv4 address to ask the SOCKS4 proxy for");
}

void ProxyRoute::NoteOutcome() {
  for (size_t i = 0; i < hops_.size(); ++i) {
    if (hops_[i].handshake == nullptr) continue;
    records_[i].connected = hops_[i].handshake->state() == Handshake::State::kDone;
    records_[i].bound_address = hops_[i].handshake->bound();
    hops_[i].handshake = nullptr;
  }
}

}  // namespace streampair
