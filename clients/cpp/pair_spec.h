#ifndef STREAMPAIR_CLIENTS_CPP_PAIR_SPEC_H_
#define STREAMPAIR_CLIENTS_CPP_PAIR_SPEC_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "clients/cpp/carrier_options.h"
#include "streampair/v1/property.pb.h"
#include "streampair/v1/stream_pair.pb.h"

namespace streampair::client {

// What is asked of a new pair beyond its target. Nothing is checked here: the server is the
// authority.
struct PairOptions {
  std::map<std::string, std::string> labels = {};
  // From open to connected. Absent: the server's default.
  std::optional<absl::Duration> connect_timeout = {};
  // How long the server keeps the pair when its client is gone. Absent: it goes with the client.
  std::optional<absl::Duration> hold = {};
  // Further properties.
  std::vector<v1::Property> properties = {};
  StreamOptions stream = {};
  CarrierOptions carrier = {};
};

// A pair to a host, by name or IP literal.
v1::StreamPairSpec HostPairSpec(const std::string& host, int port, const PairOptions& options = {});

}  // namespace streampair::client

#endif  // STREAMPAIR_CLIENTS_CPP_PAIR_SPEC_H_
