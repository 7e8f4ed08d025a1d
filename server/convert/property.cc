#include "server/convert/property.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/pair/connection_interface.h"
#include "server/convert/connect_strategy.h"
#include "server/convert/error_numbering.h"
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
  check.Refuse(field, IsReadOnly(key)
                          ? absl::StrCat(PropertyName(key), " is read-only")
                          : absl::StrCat("unknown property key ", static_cast<int>(key)));
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

void ApplyNetworkServiceType(v1::NetworkServiceType type, const std::string& field,
                             RequestCheck& check, DialOptions& options) {
  switch (type) {
    case v1::NETWORK_SERVICE_TYPE_UNSPECIFIED:
      options.service_type = ServiceType::kBestEffort;
      return;
    case v1::NETWORK_SERVICE_TYPE_VOIP:
      options.service_type = ServiceType::kVoip;
      return;
    case v1::NETWORK_SERVICE_TYPE_VIDEO:
      options.service_type = ServiceType::kVideo;
      return;
    case v1::NETWORK_SERVICE_TYPE_BACKGROUND:
      options.service_type = ServiceType::kBackground;
      return;
    case v1::NETWORK_SERVICE_TYPE_VOICE:
      options.service_type = ServiceType::kVoice;
      return;
    default:
      check.Refuse(field, absl::StrCat("unknown value ", static_cast<int>(type)));
  }
}

v1::NetworkServiceType NetworkServiceTypeToProto(ServiceType type) {
  switch (type) {
    case ServiceType::kBestEffort:
      return v1::NETWORK_SERVICE_TYPE_UNSPECIFIED;
    case ServiceType::kVoip:
      return v1::NETWORK_SERVICE_TYPE_VOIP;
    case ServiceType::kVideo:
      return v1::NETWORK_SERVICE_TYPE_VIDEO;
    case ServiceType::kBackground:
      return v1::NETWORK_SERVICE_TYPE_BACKGROUND;
    case ServiceType::kVoice:
      return v1::NETWORK_SERVICE_TYPE_VOICE;
  }
  return v1::NETWORK_SERVICE_TYPE_UNSPECIFIED;  // Not reached: the switch is complete.
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
      options.error_numbering = defaults.error_numbering;
      return;
    case v1::PROPERTY_KEY_NETWORK_SERVICE_TYPE:
      options.dial.service_type = defaults.dial.service_type;
      return;
    case v1::PROPERTY_KEY_NO_CELLULAR:
      options.dial.no_cellular = defaults.dial.no_cellular;
      return;
    case v1::PROPERTY_KEY_SHOULD_CLOSE_NATIVE_SOCKET:
      options.closes_socket = defaults.closes_socket;
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

// A pair that is to take a parked socket up has the handle before it is open, as in the original.
std::optional<v1::NativeHandle> NativeHandleToProto(const PairSpec& spec,
                                                    const PairSnapshot& snapshot) {
  if (snapshot.released) return std::nullopt;
  const bool connected = snapshot.descriptor >= 0;
  if (!connected && (spec.parked_token.empty() || snapshot.error)) return std::nullopt;
  v1::NativeHandle handle;
  handle.set_token(snapshot.socket_token);
  if (!connected) return handle;
  handle.set_file_descriptor(snapshot.descriptor);
  if (snapshot.dial.local) handle.set_local_address(snapshot.dial.local->ToString());
  if (snapshot.dial.remote) handle.set_remote_address(snapshot.dial.remote->ToString());
  return handle;
}

}  // namespace

v1::PropertyKey KeyOf(const v1::Property& property) {
  if (property.value_case() == v1::Property::kNull) return property.null();
  return static_cast<v1::PropertyKey>(property.value_case());
}

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
      ErrorNumberingFromProto(property.error_numbering(), Member(field, "error_numbering"), own,
                              changed.error_numbering);
      break;
    case v1::Property::kNetworkServiceType:
      ApplyNetworkServiceType(property.network_service_type(),
                              Member(field, "network_service_type"), own, changed.dial);
      break;
    case v1::Property::kShouldCloseNativeSocket:
      changed.closes_socket = property.should_close_native_socket();
      break;
    case v1::Property::kNoCellular:
      changed.dial.no_cellular = property.no_cellular();
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
    case v1::PROPERTY_KEY_SHOULD_CLOSE_NATIVE_SOCKET: {
      // As the original: stored only if somebody set it, or if the socket came with the pair.
      const bool parked_before = !spec.parked_token.empty();
      if (!options.closes_socket && !parked_before) return std::nullopt;
      property.set_should_close_native_socket(options.closes_socket.value_or(false));
      return property;
    }
    case v1::PROPERTY_KEY_SOCKET_NATIVE_HANDLE: {
      auto handle = NativeHandleToProto(spec, snapshot);
      if (!handle) return std::nullopt;
      *property.mutable_socket_native_handle() = *std::move(handle);
      return property;
    }
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
      property.set_error_numbering(ErrorNumberingToProto(options.error_numbering));
      return property;
    case v1::PROPERTY_KEY_NETWORK_SERVICE_TYPE:
      if (options.dial.service_type == ServiceType::kBestEffort) return std::nullopt;
      property.set_network_service_type(NetworkServiceTypeToProto(options.dial.service_type));
      return property;
    case v1::PROPERTY_KEY_NO_CELLULAR:
      property.set_no_cellular(options.dial.no_cellular);
      return property;
    case v1::PROPERTY_KEY_SOCKET_REMOTE_HOST:
      if (spec.target.service || !spec.parked_token.empty()) return std::nullopt;
      *property.mutable_socket_remote_host() = RemoteHostToProto(spec, snapshot);
      return property;
    case v1::PROPERTY_KEY_SOCKET_REMOTE_NET_SERVICE:
      if (!spec.target.service) return std::nullopt;
      *property.mutable_socket_remote_net_service() = RemoteNetServiceToProto(spec, snapshot);
      return property;
    case v1::PROPERTY_KEY_CONNECTION_IS_CELLULAR:
      property.set_connection_is_cellular(IsCellular(snapshot));
      return property;
    default:
      check.Refuse(field, absl::StrCat("unknown property key ", static_cast<int>(key)));
      return std::nullopt;
  }
}

bool SetsSocksProxy(const v1::Property& property) {
  return KeyOf(property) == v1::PROPERTY_KEY_SOCKS_PROXY;
}

bool SetsParking(const v1::Property& property) {
  return KeyOf(property) == v1::PROPERTY_KEY_SHOULD_CLOSE_NATIVE_SOCKET;
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
