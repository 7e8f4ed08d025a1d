#ifndef STREAMPAIR_CLIENTS_CPP_PAIR_SPEC_H_
#define STREAMPAIR_CLIENTS_CPP_PAIR_SPEC_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "clients/cpp/carrier_options.h"
#include "clients/cpp/tls_options.h"
#include "streampair/v1/property.pb.h"
#include "streampair/v1/stream_pair.pb.h"

namespace streampair::client {

// What of the server's machine a pair is connected from. What is empty is chosen by the kernel.
struct LocalAddress {
  std::string address = {};  // An IP literal.
  int port = 0;
  std::string interface = {};
};

// In which way several addresses are tried.
struct ConnectStrategy {
  bool sequential = false;                           // One after the other, instead of a race.
  std::optional<absl::Duration> attempt_delay = {};  // Of a race.
  v1::AddressFamily family = v1::ADDRESS_FAMILY_UNSPECIFIED;  // Both.
};

// What is asked of a new pair beyond its target. Nothing is checked here: the server is the
// authority.
struct PairOptions {
  std::map<std::string, std::string> labels = {};
  // From open to connected. Absent: the server's default.
  std::optional<absl::Duration> connect_timeout = {};
  // Of look-ups alone; of handshakes with proxies and of TLS together; of bytes, or a SYN, that
  // nobody acknowledges. Absent: the server's defaults.
  std::optional<absl::Duration> resolve_timeout = {};
  std::optional<absl::Duration> handshake_timeout = {};
  std::optional<absl::Duration> unacknowledged_timeout = {};
  // How long the server keeps the pair when its client is gone. Absent: it goes with the client.
  std::optional<absl::Duration> hold = {};
  // TLS from the beginning; for STARTTLS see Stream::StartTls. Absent: none.
  std::optional<TlsOptions> tls = {};
  // Where the server connects from. Absent: as it likes.
  std::optional<LocalAddress> local_address = {};
  // How several addresses are tried. Absent: a race of both families.
  std::optional<ConnectStrategy> strategy = {};
  // Further properties.
  std::vector<v1::Property> properties = {};
  StreamOptions stream = {};
  CarrierOptions carrier = {};
};

// A pair to a host, by name or IP literal.
v1::StreamPairSpec HostPairSpec(const std::string& host, int port, const PairOptions& options = {});

}  // namespace streampair::client

#endif  // STREAMPAIR_CLIENTS_CPP_PAIR_SPEC_H_
