#include "server/options.h"

#include <sys/un.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/addr/endpoint.h"
#include "core/base/streampair_errors.h"
#include "core/resolve/name_servers.h"

namespace streampair {
namespace {

constexpr size_t kMinWindow = 64 << 10;  // What clients may send before they are answered.
constexpr size_t kMaxWindow = 64 << 20;
constexpr size_t kMinQuota = 16 << 20;
constexpr size_t kMaxSocketBuffer = 1 << 30;
constexpr size_t kMaxThreads = 1024;
constexpr size_t kMaxUnixPath = sizeof(sockaddr_un::sun_path) - 1;

struct Range {
  absl::string_view flag;
  absl::Duration value;
  absl::Duration least;
  absl::Duration most;
};

std::optional<Error> CheckDurations(const ServerOptions& options) {
  const Range kRanges[] = {
      {"--max-hold", options.max_hold, absl::Milliseconds(1), absl::Hours(24 * 365)},
      {"--parking-grace", options.parking_grace, absl::Milliseconds(1), absl::Hours(24)},
      {"--heartbeat", options.heartbeat, absl::Milliseconds(100), absl::Hours(24)},
      {"--grace", options.grace, absl::ZeroDuration(), absl::Hours(24)},
      {"--end-wait", options.end_wait, absl::ZeroDuration(), absl::Hours(1)},
      {"--dns-timeout", options.dns_timeout, absl::Milliseconds(10), absl::Minutes(1)},
      {"--dns-cache-ttl", options.dns_cache_ttl, absl::ZeroDuration(), absl::Hours(1)},
      {"--connect-timeout", options.connect_timeout, absl::Milliseconds(1), absl::Hours(1)},
  };
  for (const Range& range : kRanges) {
    if (range.value < range.least || range.value > range.most) {
      return InvalidRequest(absl::StrCat(range.flag, " must be ", absl::FormatDuration(range.least),
                                         " to ", absl::FormatDuration(range.most), ", is ",
                                         absl::FormatDuration(range.value)));
    }
  }
  return std::nullopt;
}

Result<Endpoint> ParseLocal(absl::string_view text) {
  absl::string_view port = text;
  return absl::ConsumePrefix(&port, "localhost:")
             ? Endpoint::Parse(absl::StrCat("127.0.0.1:", port))
             : Endpoint::Parse(text);
}

}  // namespace

Result<Endpoint> MetricsEndpoint(const ServerOptions& options) {
  const Result<Endpoint> endpoint = ParseLocal(options.metrics);
  if (!endpoint.ok() || !endpoint->address.is_v4()) {
    return InvalidRequest(absl::StrCat("--metrics ", options.metrics,
                                       ": must be an IPv4 address with a port (127.0.0.1:9464), "
                                       "or localhost with a port"));
  }
  if (!endpoint->address.IsLoopback() && !options.insecure_metrics_beyond_loopback) {
    return InvalidRequest(absl::StrCat(
        "--metrics ", options.metrics, " is reachable from other machines, and whoever connects ",
        "is told how much the server does and the names of its rules. To do it all the same, say ",
        "--insecure-metrics-beyond-loopback"));
  }
  return endpoint;
}

Result<std::string> ListenAddress(const std::string& text, bool beyond_loopback) {
  absl::string_view path = text;
  if (absl::ConsumePrefix(&path, "unix:")) {
    if (path.empty() || path.size() > kMaxUnixPath) {
      return InvalidRequest(absl::StrCat("--listen ", text, ": a path of 1 to ", kMaxUnixPath,
                                         " bytes must follow unix:"));
    }
    return text;
  }
  const Result<Endpoint> endpoint = ParseLocal(text);
  if (!endpoint.ok()) {
    return InvalidRequest(absl::StrCat(
        "--listen ", text, ": must be an address with a port (127.0.0.1:7450, [::1]:0), ",
        "localhost with a port, or unix:/path"));
  }
  if (!endpoint->address.IsLoopback() && !beyond_loopback) {
    return InvalidRequest(absl::StrCat(
        "--listen ", text, " is reachable from other machines, and callers are not ",
        "authenticated: whoever connects could reach any target. Demand certificates of them with ",
        "--tls-cert, --tls-key and --tls-client-ca, or tokens with the first two and `callers` in ",
        "--config; or, to do it all the same, say --insecure-listen-beyond-loopback"));
  }
  return endpoint->ToString();
}

bool MayListenBeyondLoopback(const ServerOptions& options) {
  // With a configuration file there may be tokens; NeedsTokens() says that there have to be.
  return options.insecure_listen_beyond_loopback || !options.tls_client_ca.empty() ||
         (!options.tls_cert.empty() && !options.config.empty());
}

bool NeedsTokens(const ServerOptions& options) {
  if (options.insecure_listen_beyond_loopback || !options.tls_client_ca.empty()) return false;
  return std::any_of(options.listen.begin(), options.listen.end(), [](const std::string& text) {
    return !ListenAddress(text, /*beyond_loopback=*/false).ok();
  });
}

std::optional<Error> CheckOptions(const ServerOptions& options) {
  if (options.tls_cert.empty() != options.tls_key.empty()) {
    return InvalidRequest("--tls-cert and --tls-key are given together or not at all");
  }
  if (!options.tls_crl.empty() && options.tls_client_ca.empty()) {
    return InvalidRequest("--tls-crl needs --tls-client-ca");
  }
  if (!options.tls_client_ca.empty() && options.tls_cert.empty()) {
    return InvalidRequest("--tls-client-ca needs --tls-cert and --tls-key");
  }
  if (options.listen.empty()) return InvalidRequest("--listen must name an address");
  for (const std::string& text : options.listen) {
    auto address = ListenAddress(text, MayListenBeyondLoopback(options));
    if (!address.ok()) return address.error();
  }
  if (!options.metrics.empty()) {
    auto endpoint = MetricsEndpoint(options);
    if (!endpoint.ok()) return endpoint.error();
  }
  if (options.window < kMinWindow || options.window > kMaxWindow) {
    return InvalidRequest(
        absl::StrCat("--window must be ", kMinWindow, " to ", kMaxWindow, ", is ", options.window));
  }
  if (options.memory_quota < kMinQuota) {
    return InvalidRequest(
        absl::StrCat("--memory-quota must be at least ", kMinQuota, ", is ", options.memory_quota));
  }
  if (options.max_pairs == 0) return InvalidRequest("--max-pairs must be at least 1");
  if (options.loops > kMaxThreads || options.queues > kMaxThreads) {
    return InvalidRequest(absl::StrCat("--loops and --queues must be at most ", kMaxThreads));
  }
  if (auto servers = ParseNameServers(options.dns_servers); !servers.ok()) {
    return InvalidRequest(absl::StrCat("--dns-servers: ", servers.error().detail()));
  }
  if (options.dns_tries < 1 || options.dns_tries > 10) {
    return InvalidRequest(absl::StrCat("--dns-tries must be 1 to 10, is ", options.dns_tries));
  }
  if (options.target_receive_buffer > kMaxSocketBuffer ||
      options.target_send_buffer > kMaxSocketBuffer) {
    return InvalidRequest("--target-receive-buffer and --target-send-buffer must be at most 1GiB");
  }
  return CheckDurations(options);
}

}  // namespace streampair
