#ifndef STREAMPAIR_SERVER_OPTIONS_H_
#define STREAMPAIR_SERVER_OPTIONS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "core/addr/endpoint.h"
#include "core/base/result.h"
#include "server/log.h"

namespace streampair {

// What an operator may set. The flags (server/flags.h) have the same names and defaults.
struct ServerOptions {
  // "127.0.0.1:7450", "[::1]:0", "localhost:0" or "unix:/path".
  std::vector<std::string> listen = {"127.0.0.1:7450"};
  bool insecure_listen_beyond_loopback = false;
  std::string ready_file;  // Empty: none.

  // PEM files for TLS on the TCP addresses. The first two empty: no TLS. The third empty: callers
  // need no certificate.
  std::string tls_cert;
  std::string tls_key;
  std::string tls_client_ca;
  std::string tls_crl;  // Revocation lists, PEM or one as DER. Empty: nobody's is revoked.

  std::string instance;       // Empty: a random one.
  std::string name_key_file;  // Empty: a random key.
  size_t max_pairs = 100000;
  absl::Duration max_hold = absl::Minutes(10);

  size_t max_parked = 1024;  // Sockets, and the same for one caller.
  size_t max_parked_per_caller = 64;
  absl::Duration parking_grace = absl::Minutes(1);

  size_t window = 256 << 10;
  size_t memory_quota = size_t{1} << 30;  // A thousand RPCs may each be sending a window.
  size_t loops = 0;                       // 0: half the cores, at least one.
  size_t queues = 0;                      // 0: as many.
  absl::Duration heartbeat = absl::Seconds(20);
  absl::Duration grace = absl::Seconds(30);
  absl::Duration end_wait = absl::Seconds(5);

  std::string dns_servers;  // As ParseNameServers() takes them. Empty: those of /etc/resolv.conf.
  absl::Duration dns_timeout = absl::Seconds(2);
  int dns_tries = 3;
  absl::Duration dns_cache_ttl = absl::Seconds(1);
  bool allow_numeric_short_forms = false;
  absl::Duration connect_timeout = absl::Seconds(30);
  // Bounded, because the kernel grows a socket's buffers to several MiB, and a thousand pairs that
  // nobody reads would take all the memory it has for TCP and slow every connection of the machine.
  // 0: the kernel's own sizing.
  size_t target_receive_buffer = 256 << 10;
  size_t target_send_buffer = 256 << 10;

  std::string config;  // The configuration file (streampair.config.v1). Empty: there is no policy.

  // Where Prometheus fetches metrics by HTTP: "127.0.0.1:9464", "localhost:0". Empty: nowhere.
  std::string metrics;
  bool insecure_metrics_beyond_loopback = false;

  std::string trust_roots_file;  // PEM. Empty: the system's.
  bool permit_key_log = false;   // Callers may ask for the secrets of their own TLS connections.

  LogLevel log_level = LogLevel::kInfo;
  LogFormat log_format = LogFormat::kText;
};

// Nothing if the options make sense together; otherwise kInvalidRequest, with the flag at fault.
std::optional<Error> CheckOptions(const ServerOptions& options);

// Where to listen, in gRPC's form ("127.0.0.1:0", "unix:/path"). Fails for text that is no such
// address, and for an address beyond loopback unless `beyond_loopback`: callers are authenticated,
// or the operator does without.
Result<std::string> ListenAddress(const std::string& text, bool beyond_loopback);

// Where to answer with metrics. Fails as ListenAddress, and for IPv6, which the listener does not
// know. Requires: options.metrics is not empty.
Result<Endpoint> MetricsEndpoint(const ServerOptions& options);

// Whether addresses beyond loopback may be listened on.
bool MayListenBeyondLoopback(const ServerOptions& options);

// Whether they may only because callers have to have tokens.
bool NeedsTokens(const ServerOptions& options);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_OPTIONS_H_
