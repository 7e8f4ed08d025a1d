#include "clients/cli/pair_option.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/cli/option_values.h"
#include "clients/cli/proxy_option.h"

namespace streampair::cli {

std::vector<OptionSpec> PairOptionSpecs() {
  return {
      {"connect-timeout", "DURATION",
       "How long opening may take, look-up and all addresses together: 10s, 250ms. "
       "Default: the server's."},
      {"label", "KEY=VALUE", "A label on the pair, for 'list' and the server's log.", true},
      {"proxy", "URL",
       "A proxy to go through: socks5://[USER[:PASSWORD]@]HOST[:PORT], socks4://..., or "
       "http://...:PORT. Given more than once: in that order. It is used for local targets "
       "too. Many proxies end both directions when the input ends. Other users of this "
       "machine may see the password.",
       true},
  };
}

std::optional<client::PairOptions> ReadPairOptions(const CommandLine& line,
                                                   std::string* complaint) {
  client::PairOptions options;
  if (line.Has("label")) {
    auto labels = ParseLabels(line.options.at("label"), complaint);
    if (!labels) return std::nullopt;
    options.labels = *std::move(labels);
  }
  if (line.Has("proxy")) {
    auto properties = ParseProxies(line.options.at("proxy"), complaint);
    if (!properties) return std::nullopt;
    options.properties = *std::move(properties);
  }
  for (auto [name, place] :
       {std::pair("connect-timeout", &options.connect_timeout), std::pair("hold", &options.hold)}) {
    const std::optional<std::string> text = line.Value(name);
    if (!text) continue;
    *place = ParseDuration(*text);
    if (!*place) {
      *complaint =
          absl::StrCat("--", name, "=", *text, " is no duration; write 10s, 1m30s or 250ms");
      return std::nullopt;
    }
  }
  return options;
}

}  // namespace streampair::cli
