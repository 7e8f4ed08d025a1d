#include "clients/cli/pair_option.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/cli/option_values.h"
#include "clients/cli/proxy_option.h"
#include "clients/cli/tls_option.h"

namespace streampair::cli {

namespace {

using client::PairOptions;

struct DurationOption {
  const char* name;
  std::optional<absl::Duration> PairOptions::*member;
};
constexpr DurationOption kDurations[] = {
    {"connect-timeout", &PairOptions::connect_timeout},
    {"resolve-timeout", &PairOptions::resolve_timeout},
    {"handshake-timeout", &PairOptions::handshake_timeout},
    {"unacknowledged-timeout", &PairOptions::unacknowledged_timeout},
    {"hold", &PairOptions::hold}};

bool ReadDurations(const CommandLine& line, PairOptions* options, std::string* complaint) {
  for (const DurationOption& each : kDurations) {
    const std::optional<std::string> text = line.Value(each.name);
    if (!text) continue;
    const std::optional<absl::Duration> duration = ParseDuration(*text);
    if (!duration) {
      *complaint =
          absl::StrCat("--", each.name, "=", *text, " is no duration; write 10s, 1m30s or 250ms");
      return false;
    }
    options->*each.member = duration;
  }
  return true;
}

bool ReadPlace(const CommandLine& line, PairOptions* options, std::string* complaint) {
  if (line.Has("local-address") || line.Has("interface")) {
    client::LocalAddress& local = options->local_address.emplace();
    local.address = line.Value("local-address").value_or("");
    local.interface = line.Value("interface").value_or("");
  }
  if (line.Has("sequential") || line.Has("family")) {
    client::ConnectStrategy& strategy = options->strategy.emplace();
    strategy.sequential = line.Has("sequential");
    const std::string family = line.Value("family").value_or("any");
    if (family == "ipv4") {
      strategy.family = v1::ADDRESS_FAMILY_IPV4;
    } else if (family == "ipv6") {
      strategy.family = v1::ADDRESS_FAMILY_IPV6;
    } else if (family != "any") {
      *complaint = absl::StrCat("--family=", family, " is none of ipv4, ipv6, any");
      return false;
    }
  }
  return true;
}

}  // namespace

std::vector<OptionSpec> PairOptionSpecs() {
  return {
      {"connect-timeout", "DURATION",
       "How long opening may take, look-up and all addresses together: 10s, 250ms. "
       "Default: the server's."},
      {"resolve-timeout", "DURATION", "How long the look-up alone may take."},
      {"handshake-timeout", "DURATION",
       "How long the handshakes with proxies and of TLS may take together. Default: the server's."},
      {"unacknowledged-timeout", "DURATION",
       "How long the target may leave sent bytes unacknowledged. Default: the kernel's rule."},
      {"label", "KEY=VALUE", "A label on the pair, for 'list' and the server's log.", true},
      {"proxy", "URL",
       "A proxy to go through: socks5://[USER[:PASSWORD]@]HOST[:PORT], socks4://..., or "
       "http://...:PORT. Given more than once: in that order. It is used for local targets "
       "too. Many proxies end both directions when the input ends. Other users of this "
       "machine may see the password.",
       true},
      {"local-address", "ADDRESS", "The address of the server's machine to connect from."},
      {"interface", "NAME", "The server's network interface to connect from."},
      {"family", "FAMILY", "Which addresses of names to use: ipv4, ipv6 or any. Default: any.",
       false, "ipv4 ipv6 any"},
      {"sequential", "", "Try several addresses one after the other, not as a race."},
  };
}

std::optional<PairOptions> ReadPairOptions(const CommandLine& line, std::string* complaint) {
  PairOptions options;
  if (line.Has("label")) {
    auto labels = ParseLabels(line.Values("label"), complaint);
    if (!labels) return std::nullopt;
    options.labels = *std::move(labels);
  }
  if (line.Has("proxy")) {
    auto properties = ParseProxies(line.Values("proxy"), complaint);
    if (!properties) return std::nullopt;
    options.properties = *std::move(properties);
  }
  if (!ReadDurations(line, &options, complaint) || !ReadPlace(line, &options, complaint)) {
    return std::nullopt;
  }
  if (!line.Has("starttls")) {
    options.tls = ReadTlsOptions(line, complaint);
    if (!options.tls && !complaint->empty()) return std::nullopt;
  }
  return options;
}

}  // namespace streampair::cli
