#include "server/convert/property.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/convert/connect_strategy.h"
#include "server/convert/local_address.h"
#include "server/convert/remote_host.h"
#include "server/convert/remote_net_service.h"
#include "server/convert/socks_proxy.h"
#include "server/convert/time.h"
#include "server/convert/tls_context.h"
#include "server/convert/tls_facts.h"
#include "server/convert/tls_settings.h"

namespace streampair {
namespace {

// The members of the oneof have the numbers of their keys, so that one can be had from the other.
static_assert(static_cast<int>(v1::Property::kSocksProxy) == v1::PROPERTY_KEY_SOCKS_PROXY);
static_assert(static_cast<int>(v1::Property::kTimeouts) == v1::PROPERTY_KEY_TIMEOUTS);
static_assert(static_cast<int>(v1::Property::kTlsHandshakeReport) ==
              v1::PROPERTY_KEY_TLS_HANDSHAKE_REPORT);

bool IsReadOnly(v1::PropertyKey key) {
  switch (key) {
    case v1::PROPERTY_KEY_SOCKET_NATIVE_HANDLE:
    case v1::PROPERTY_KEY_SSL_PEER_CERTIFICATES:
    case v1::PROPERTY_KEY_SSL_PEER_TRUST:
    case v1::PROPERTY_KEY_SOCKET_REMOTE_HOST:
    case v1::PROPERTY_KEY_SOCKET_REMOTE_NET_SERVICE:
    case v1::PROPERTY_KEY_CONNECTION_IS_CELLULAR:
    case v1::PROPERTY_KEY_TLS_HANDSHAKE_REPORT:
      return true;
    default:
      return false;
  }
}

void RefuseKey(v1::PropertyKey key, absl::string_view field, RequestCheck& check) {
  if (!v1::PropertyKey_IsValid(key) || key == v1::PROPERTY_KEY_UNSPECIFIED) {
    check.Refuse(field, absl::StrCat("unknown property key ", static_cast<int>(key)));
  } else if (IsReadOnly(key)) {
    check.Refuse(field, absl::StrCat(PropertyName(key), " is read-only"));
  } else {
    check.NotOffered(field, absl::StrCat("property ", PropertyName(key)));
  }
}

void ResetTimeouts(const PairOptions& defaults, PairOptions& options) {
  options.dial.connect_timeout = defaults.dial.connect_timeout;
  options.dial.user_timeout = defaults.dial.user_timeout;
  options.dial.resolve_timeout = defaults.dial.resolve_timeout;
  options.handshake_timeout = defaults.handshake_timeout;
}

void ApplyTimeouts(const v1::Timeouts& proto, const std::string& field, const PairOptions& defaults,
                   RequestCheck& check, PairOptions& options) {
  ResetTimeouts(defaults, options);
  if (proto.has_connect()) {
    const auto connect = DurationFromProto(proto.connect(), Member(field, "connect"),
                                           absl::Milliseconds(1), absl::Hours(1), check);
    if (connect) options.dial.connect_timeout = *connect;
  }
  if (proto.has_unacknowledged()) {
    const auto limit = DurationFromProto(proto.unacknowledged(), Member(field, "unacknowledged"),
                                         absl::ZeroDuration(), absl::Hours(1), check);
    if (limit) options.dial.user_timeout = *limit;
  }
  if (proto.has_resolve()) {
    const auto limit = DurationFromProto(proto.resolve(), Member(field, "resolve"),
                                         absl::Milliseconds(1), absl::Hours(1), check);
    if (limit) options.dial.resolve_timeout = *limit;
  }
  if (proto.has_handshake()) {
    const auto limit = DurationFromProto(proto.handshake(), Member(field, "handshake"),
                                         absl::Milliseconds(1), absl::Hours(1), check);
    if (limit) options.handshake_timeout = *limit;
  }
}

void ApplyKeepalive(const v1::Keepalive& proto, const std::string& field, RequestCheck& check,
                    DialOptions& options) {
  KeepaliveOptions keepalive;
  keepalive.on = true;
  if (proto.has_idle()) {
    const auto idle = DurationFromProto(proto.idle(), Member(field, "idle"), absl::Seconds(1),
                                        absl::Hours(2), check);
    if (idle) keepalive.idle = *idle;
  }
  if (proto.has_interval()) {
    const auto interval = DurationFromProto(proto.interval(), Member(field, "interval"),
                                            absl::Seconds(1), absl::Hours(2), check);
    if (interval) keepalive.interval = *interval;
  }
  if (proto.count() < 0 || proto.count() > 127) {
    check.Refuse(Member(field, "count"), absl::StrCat("must be 1 to 127, is ", proto.count()));
  } else if (proto.count() > 0) {  // 0 is a field left out.
    keepalive.count = proto.count();
  }
  options.keepalive = keepalive;
}

void CheckErrorNumbering(v1::ErrorNumbering numbering, const std::string& field,
                         RequestCheck& check) {
  if (!v1::ErrorNumbering_IsValid(numbering)) {
    check.Refuse(field, absl::StrCat("unknown value ", static_cast<int>(numbering)));
  } else if (numbering == v1::ERROR_NUMBERING_DARWIN || numbering == v1::ERROR_NUMBERING_WINDOWS) {
    check.NotOffered(field, "error numbers other than those of Linux");
  }
}

void ApplyNull(v1::PropertyKey key, const std::string& field, const PairOptions& defaults,
               RequestCheck& check, PairOptions& options) {
  switch (key) {
    case v1::PROPERTY_KEY_TIMEOUTS:
      return ResetTimeouts(defaults, options);
    case v1::PROPERTY_KEY_SOCKS_PROXY:
      return RemoveSocksProxy(options);
    case v1::PROPERTY_KEY_PROXY_CHAIN:
      return RemoveProxyChain(options);
    case v1::PROPERTY_KEY_PROXY_LOCAL_BYPASS:
      options.proxy_local_bypass = defaults.proxy_local_bypass;
      return;
    case v1::PROPERTY_KEY_KEEPALIVE:
      options.dial.keepalive = defaults.dial.keepalive;
      return;
    case v1::PROPERTY_KEY_NO_DELAY:
      options.dial.no_delay = defaults.dial.no_delay;
      return;
    case v1::PROPERTY_KEY_LOCAL_ADDRESS:
      options.dial.source = defaults.dial.source;
      return;
    case v1::PROPERTY_KEY_CONNECT_STRATEGY:
      return ResetConnectStrategy(defaults.dial, options.dial);
    case v1::PROPERTY_KEY_ERROR_NUMBERING:
      return;
    case v1::PROPERTY_KEY_SOCKET_SECURITY_LEVEL:
    case v1::PROPERTY_KEY_SSL_SETTINGS:
    case v1::PROPERTY_KEY_SSL_CONTEXT:
      options.tls = nullptr;
      return;
    default:
      return RefuseKey(key, field, check);
  }
}

}  // namespace

void ApplyProperty(const v1::Property& property, absl::string_view field,
                   const PairOptions& defaults, RequestCheck& check, PairOptions& options) {
  RequestCheck own;
  PairOptions changed = options;
  switch (property.value_case()) {
    case v1::Property::VALUE_NOT_SET:
      check.Refuse(field, "a value must be given");
      return;
    case v1::Property::kNull:
      ApplyNull(property.null(), Member(field, "null"), defaults, own, changed);
      break;
    case v1::Property::kTimeouts:
      ApplyTimeouts(property.timeouts(), Member(field, "timeouts"), defaults, own, changed);
      break;
    case v1::Property::kKeepalive:
      ApplyKeepalive(property.keepalive(), Member(field, "keepalive"), own, changed.dial);
      break;
    case v1::Property::kNoDelay:
      changed.dial.no_delay = property.no_delay();
      break;
    case v1::Property::kSocksProxy:
      ApplySocksProxy(property.socks_proxy(), Member(field, "socks_proxy"), own, changed);
      break;
    case v1::Property::kProxyChain:
      ApplyProxyChain(property.proxy_chain(), Member(field, "proxy_chain"), own, changed);
      break;
    case v1::Property::kProxyLocalBypass:
      changed.proxy_local_bypass = property.proxy_local_bypass();
      break;
    case v1::Property::kLocalAddress:
      ApplyLocalAddress(property.local_address(), Member(field, "local_address"), own,
                        changed.dial.source);
      break;
    case v1::Property::kConnectStrategy:
      ApplyConnectStrategy(property.connect_strategy(), Member(field, "connect_strategy"),
                           defaults.dial, own, changed.dial);
      break;
    case v1::Property::kSocketSecurityLevel:
      ApplySecurityLevel(property.socket_security_level(), Member(field, "socket_security_level"),
                         own, changed);
      break;
    case v1::Property::kSslSettings:
      ApplySslSettings(property.ssl_settings(), Member(field, "ssl_settings"), own, changed);
      break;
    case v1::Property::kSslContext:
      ApplySslContext(property.ssl_context(), Member(field, "ssl_context"), own, changed);
      break;
    case v1::Property::kErrorNumbering:
      CheckErrorNumbering(property.error_numbering(), Member(field, "error_numbering"), own);
      break;
    default: {
      const auto key = static_cast<v1::PropertyKey>(property.value_case());
      RefuseKey(key, Member(field, PropertyName(key)), own);
      break;
    }
  }
  if (own.ok()) options = std::move(changed);
  check.Absorb(std::move(own));
}

std::optional<v1::Property> ReadProperty(v1::PropertyKey key, absl::string_view field,
                                         const PairSpec& spec, const PairOptions& options,
                                         const PairSnapshot& snapshot, RequestCheck& check) {
  v1::Property property;
  switch (key) {
    case v1::PROPERTY_KEY_SOCKET_SECURITY_LEVEL:
      if (options.tls == nullptr) return std::nullopt;
      property.set_socket_security_level(SecurityLevelOf(options, snapshot));
      return property;
    case v1::PROPERTY_KEY_SSL_SETTINGS:
      if (options.tls == nullptr || options.tls_set_by == TlsSetBy::kLevel) return std::nullopt;
      *property.mutable_ssl_settings() = SslSettingsToProto(options.tls->config().settings);
      return property;
    case v1::PROPERTY_KEY_SSL_CONTEXT:
      if (options.tls == nullptr || !options.tls->secures()) return std::nullopt;
      *property.mutable_ssl_context() = SslContextToProto(options.tls->config());
      return property;
    case v1::PROPERTY_KEY_SSL_PEER_CERTIFICATES:
      if (snapshot.tls == nullptr || !snapshot.tls->trust || snapshot.released) return std::nullopt;
      *property.mutable_ssl_peer_certificates() = PeerCertificatesToProto(*snapshot.tls->trust);
      return property;
    case v1::PROPERTY_KEY_SSL_PEER_TRUST:
      if (snapshot.tls == nullptr || !snapshot.tls->trust) return std::nullopt;
      *property.mutable_ssl_peer_trust() = PeerTrustToProto(*snapshot.tls->trust);
      return property;
    case v1::PROPERTY_KEY_TLS_HANDSHAKE_REPORT:
      if (snapshot.tls == nullptr || !snapshot.tls->report) return std::nullopt;
      *property.mutable_tls_handshake_report() = TlsReportToProto(*snapshot.tls->report);
      return property;
    case v1::PROPERTY_KEY_TIMEOUTS:
      *property.mutable_timeouts()->mutable_connect() =
          DurationToProto(options.dial.connect_timeout);
      *property.mutable_timeouts()->mutable_unacknowledged() =
          DurationToProto(options.dial.user_timeout);
      if (options.dial.resolve_timeout != absl::InfiniteDuration()) {
        *property.mutable_timeouts()->mutable_resolve() =
            DurationToProto(options.dial.resolve_timeout);
      }
      *property.mutable_timeouts()->mutable_handshake() =
          DurationToProto(options.handshake_timeout);
      return property;
    case v1::PROPERTY_KEY_SOCKS_PROXY: {
      auto proxy = SocksProxyToProto(options);
      if (!proxy) return std::nullopt;
      *property.mutable_socks_proxy() = *std::move(proxy);
      return property;
    }
    case v1::PROPERTY_KEY_PROXY_CHAIN: {
      auto chain = ProxyChainToProto(options);
      if (!chain) return std::nullopt;
      *property.mutable_proxy_chain() = *std::move(chain);
      return property;
    }
    case v1::PROPERTY_KEY_PROXY_LOCAL_BYPASS:
      property.set_proxy_local_bypass(options.proxy_local_bypass);
      return property;
    case v1::PROPERTY_KEY_KEEPALIVE:
      if (!options.dial.keepalive.on) return std::nullopt;
      *property.mutable_keepalive()->mutable_idle() = DurationToProto(options.dial.keepalive.idle);
      *property.mutable_keepalive()->mutable_interval() =
          DurationToProto(options.dial.keepalive.interval);
      property.mutable_keepalive()->set_count(options.dial.keepalive.count);
      return property;
    case v1::PROPERTY_KEY_NO_DELAY:
      property.set_no_delay(options.dial.no_delay);
      return property;
    case v1::PROPERTY_KEY_LOCAL_ADDRESS: {
      auto source = LocalAddressToProto(options.dial.source);
      if (!source) return std::nullopt;
      *property.mutable_local_address() = *std::move(source);
      return property;
    }
    case v1::PROPERTY_KEY_CONNECT_STRATEGY:
      *property.mutable_connect_strategy() = ConnectStrategyToProto(options.dial);
      return property;
    case v1::PROPERTY_KEY_ERROR_NUMBERING:
      property.set_error_numbering(v1::ERROR_NUMBERING_LINUX);
      return property;
    case v1::PROPERTY_KEY_SOCKET_REMOTE_HOST:
      if (spec.target.service) return std::nullopt;
      *property.mutable_socket_remote_host() = RemoteHostToProto(spec, snapshot);
      return property;
    case v1::PROPERTY_KEY_SOCKET_REMOTE_NET_SERVICE:
      if (!spec.target.service) return std::nullopt;
      *property.mutable_socket_remote_net_service() = RemoteNetServiceToProto(spec, snapshot);
      return property;
    case v1::PROPERTY_KEY_CONNECTION_IS_CELLULAR:
      property.set_connection_is_cellular(false);
      return property;
    default:
      if (!v1::PropertyKey_IsValid(key) || key == v1::PROPERTY_KEY_UNSPECIFIED) {
        check.Refuse(field, absl::StrCat("unknown property key ", static_cast<int>(key)));
      } else {
        check.NotOffered(field, absl::StrCat("property ", PropertyName(key)));
      }
      return std::nullopt;
  }
}

bool SetsTls(const v1::Property& property) {
  const auto key = property.value_case() == v1::Property::kNull
                       ? property.null()
                       : static_cast<v1::PropertyKey>(property.value_case());
  return key == v1::PROPERTY_KEY_SOCKET_SECURITY_LEVEL || key == v1::PROPERTY_KEY_SSL_SETTINGS ||
         key == v1::PROPERTY_KEY_SSL_CONTEXT;
}

std::string PropertyName(v1::PropertyKey key) {
  return absl::AsciiStrToLower(absl::StripPrefix(v1::PropertyKey_Name(key), "PROPERTY_KEY_"));
}

}  // namespace streampair
