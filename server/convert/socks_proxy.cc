#include "server/convert/socks_proxy.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/addr/host_port.h"
#include "core/addr/host_spec.h"
#include "core/addr/port.h"
#include "core/base/result.h"
#include "core/base/socks_errors.h"
#include "core/socks/local_bypass.h"
#include "core/socks/proxy_hop.h"
#include "google/protobuf/repeated_ptr_field.h"

namespace streampair {
namespace {

constexpr int kDefaultSocksPort = 1080;
constexpr int kMaxExceptions = 256;
constexpr int kMaxHops = 8;

using Texts = google::protobuf::RepeatedPtrField<std::string>;

void HostPortFromProto(const std::string& host, int64_t port, const std::string& field,
                       RequestCheck& check, ProxyHop& hop) {
  if (host.empty()) {
    check.Refuse(Member(field, "host"), "must be given");
  } else if (Result<HostSpec> parsed = ParseHost(host); parsed.ok()) {
    hop.proxy.host = *std::move(parsed);
  } else {
    check.Refuse(Member(field, "host"), parsed.error());
  }
  if (Result<Port> parsed = Port::Make(port); parsed.ok()) {
    hop.proxy.port = parsed->value();
  } else {
    check.Refuse(Member(field, "port"), parsed.error());
  }
}

// The text itself is not repeated: it may be a secret.
void CheckLength(const std::string& text, size_t most, const std::string& field,
                 RequestCheck& check) {
  if (text.size() > most) {
    check.Refuse(field, absl::StrCat("must be at most ", most, " bytes, is ", text.size()));
  }
}

std::optional<ProxyProtocol> ProtocolFromProto(v1::SocksVersion version, const std::string& field,
                                               RequestCheck& check) {
  switch (version) {
    case v1::SOCKS_VERSION_UNSPECIFIED:
    case v1::SOCKS_VERSION_5:
      return ProxyProtocol::kSocks5;
    case v1::SOCKS_VERSION_4:
      return ProxyProtocol::kSocks4;
    default:
      check.Refuse(field, SocksUnknownClientVersion(static_cast<int>(version)));
      return std::nullopt;
  }
}

ProxyHop SocksHop(const v1::SocksProxy& proto, const std::string& field, RequestCheck& check) {
  ProxyHop hop{ProxyProtocol::kSocks5, {IpAddress(), 0}, proto.user(), proto.password()};
  const int port = proto.port() == 0 ? kDefaultSocksPort : proto.port();
  HostPortFromProto(proto.host(), port, field, check, hop);
  const auto protocol = ProtocolFromProto(proto.version(), Member(field, "version"), check);
  if (!protocol) return hop;
  hop.protocol = *protocol;
  const bool is_4 = hop.protocol == ProxyProtocol::kSocks4;
  CheckLength(proto.user(), is_4 ? ProxyHop::kMaxSocks4User : ProxyHop::kMaxSocks5Text,
              Member(field, "user"), check);
  if (is_4 && proto.user().find('\0') != std::string::npos) {
    check.Refuse(Member(field, "user"), "must not contain a NUL in version 4");
  }
  CheckLength(proto.password(), ProxyHop::kMaxSocks5Text, Member(field, "password"), check);
  return hop;
}

void CheckHttpText(const std::string& text, const std::string& field, RequestCheck& check) {
  CheckLength(text, ProxyHop::kMaxHttpText, field, check);
  if (std::any_of(text.begin(), text.end(),
                  [](char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); })) {
    check.Refuse(field, "must not contain control characters");
  }
}

ProxyHop HttpHop(const v1::HttpProxy& proto, const std::string& field, RequestCheck& check) {
  ProxyHop hop{ProxyProtocol::kHttp, {IpAddress(), 0}, proto.user(), proto.password()};
  HostPortFromProto(proto.host(), proto.port(), field, check, hop);
  CheckHttpText(proto.user(), Member(field, "user"), check);
  CheckHttpText(proto.password(), Member(field, "password"), check);
  if (proto.user().find(':') != std::string::npos) {
    check.Refuse(Member(field, "user"), "must not contain a colon");
  }
  if (proto.user().empty() && !proto.password().empty()) {
    check.Refuse(Member(field, "user"), "must be given with a password");
  }
  return hop;
}

void ExceptionsFromProto(const Texts& proto, const std::string& field, RequestCheck& check,
                         ProxyOptions& proxies) {
  if (proto.size() > kMaxExceptions) {
    check.Refuse(field, absl::StrCat("must be at most ", kMaxExceptions, ", are ", proto.size()));
    return;
  }
  for (int i = 0; i < proto.size(); ++i) {
    if (auto fault = CheckBypassPattern(proto.Get(i))) check.Refuse(Element(field, i), *fault);
  }
  proxies.exceptions.assign(proto.begin(), proto.end());
}

void Install(ProxyOptions proxies, PairOptions& options) {
  options.proxies = std::make_shared<const ProxyOptions>(std::move(proxies));
}

v1::SocksProxy SocksToProto(const ProxyHop& hop) {
  v1::SocksProxy proto;
  proto.set_host(ToString(hop.proxy.host));
  proto.set_port(hop.proxy.port);
  proto.set_version(hop.protocol == ProxyProtocol::kSocks4 ? v1::SOCKS_VERSION_4
                                                           : v1::SOCKS_VERSION_5);
  proto.set_user(hop.user);
  return proto;
}

v1::ProxyHop HopToProto(const ProxyHop& hop) {
  v1::ProxyHop proto;
  if (hop.protocol != ProxyProtocol::kHttp) {
    *proto.mutable_socks() = SocksToProto(hop);
    return proto;
  }
  proto.mutable_http()->set_host(ToString(hop.proxy.host));
  proto.mutable_http()->set_port(hop.proxy.port);
  proto.mutable_http()->set_user(hop.user);
  return proto;
}

}  // namespace

void ApplySocksProxy(const v1::SocksProxy& proto, const std::string& field, RequestCheck& check,
                     PairOptions& options) {
  ProxyOptions proxies;
  proxies.hops.push_back(SocksHop(proto, field, check));
  ExceptionsFromProto(proto.exceptions(), Member(field, "exceptions"), check, proxies);
  proxies.proxy_loopback = proto.proxy_loopback();
  Install(std::move(proxies), options);
}

void ApplyProxyChain(const v1::ProxyChain& proto, const std::string& field, RequestCheck& check,
                     PairOptions& options) {
  const std::string hops = Member(field, "hops");
  if (proto.hops().empty() || proto.hops_size() > kMaxHops) {
    check.Refuse(hops, absl::StrCat("must be 1 to ", kMaxHops, ", are ", proto.hops_size()));
    return;
  }
  ProxyOptions proxies;
  proxies.is_chain = true;
  for (int i = 0; i < proto.hops_size(); ++i) {
    const v1::ProxyHop& hop = proto.hops(i);
    const std::string at = Element(hops, i);
    switch (hop.proxy_case()) {
      case v1::ProxyHop::kSocks:
        proxies.hops.push_back(SocksHop(hop.socks(), Member(at, "socks"), check));
        if (!hop.socks().exceptions().empty() || hop.socks().proxy_loopback()) {
          check.Refuse(Member(at, "socks"),
                       "exceptions and proxy_loopback belong to the chain, not to a hop");
        }
        break;
      case v1::ProxyHop::kHttp:
        proxies.hops.push_back(HttpHop(hop.http(), Member(at, "http"), check));
        break;
      case v1::ProxyHop::PROXY_NOT_SET:
        check.Refuse(at, "one kind of proxy must be given");
        break;
    }
  }
  ExceptionsFromProto(proto.exceptions(), Member(field, "exceptions"), check, proxies);
  proxies.proxy_loopback = proto.proxy_loopback();
  Install(std::move(proxies), options);
}

void RemoveSocksProxy(PairOptions& options) {
  if (options.proxies != nullptr && !options.proxies->is_chain) options.proxies = nullptr;
}

void RemoveProxyChain(PairOptions& options) {
  if (options.proxies != nullptr && options.proxies->is_chain) options.proxies = nullptr;
}

std::optional<v1::SocksProxy> SocksProxyToProto(const PairOptions& options) {
  if (options.proxies == nullptr || options.proxies->is_chain) return std::nullopt;
  v1::SocksProxy proto = SocksToProto(options.proxies->hops.front());
  for (const std::string& each : options.proxies->exceptions) proto.add_exceptions(each);
  proto.set_proxy_loopback(options.proxies->proxy_loopback);
  return proto;
}

std::optional<v1::ProxyChain> ProxyChainToProto(const PairOptions& options) {
  if (options.proxies == nullptr || !options.proxies->is_chain) return std::nullopt;
  v1::ProxyChain proto;
  for (const ProxyHop& hop : options.proxies->hops) *proto.add_hops() = HopToProto(hop);
  for (const std::string& each : options.proxies->exceptions) proto.add_exceptions(each);
  proto.set_proxy_loopback(options.proxies->proxy_loopback);
  return proto;
}

void CheckProxies(const PairSpec& spec, const PairOptions& options, absl::string_view field,
                  RequestCheck& check) {
  if (options.proxies == nullptr) return;
  std::string target = spec.host_name;
  if (target.empty() && !spec.target.endpoints.empty()) {
    target = spec.target.endpoints.front().address.ToString();
  }
  if (!spec.parked_token.empty()) {
    return check.Refuse(field, "a parked socket is connected already; a proxy cannot be used");
  }
  if (target.empty()) {
    return check.Refuse(field, "only hosts and addresses can be reached through a proxy");
  }
  const BypassRules rules = {options.proxy_local_bypass, options.proxies->proxy_loopback,
                             options.proxies->exceptions};
  if (const std::optional<std::string> why = WhyBypassed(target, rules)) {
    check.Refuse(field, absl::StrCat("the target \"", target, "\" goes round the proxy: ", *why));
  }
}

}  // namespace streampair
