#include "clients/cli/proxy_option.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "clients/cli/option_values.h"

namespace streampair::cli {
namespace {

struct Place {
  std::string user;
  std::string password;
  std::string host;
  int port = 0;
};

// With every %XX replaced by its byte; nothing if one is no hexadecimal number.
std::optional<std::string> Unescaped(absl::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain.push_back(text[i]);
      continue;
    }
    const absl::string_view hex = text.substr(i + 1, 2);
    if (hex.size() < 2 || hex.find_first_not_of("0123456789abcdefABCDEF") != hex.npos) {
      return std::nullopt;
    }
    plain += absl::HexStringToBytes(hex);
    i += 2;
  }
  return plain;
}

// [USER[:PASSWORD]@]HOST[:PORT]
std::optional<Place> ParsePlace(absl::string_view text) {
  Place place;
  if (const size_t at = text.rfind('@'); at != text.npos) {
    const absl::string_view login = text.substr(0, at);
    const size_t colon = std::min(login.find(':'), login.size());
    auto user = Unescaped(login.substr(0, colon));
    auto password = Unescaped(login.substr(std::min(colon + 1, login.size())));
    if (!user || !password) return std::nullopt;
    place.user = *std::move(user);
    place.password = *std::move(password);
    text.remove_prefix(at + 1);
  }
  const size_t bracket = text.rfind(']');
  const size_t colon = text.rfind(':');
  if (colon != text.npos && (bracket == text.npos || bracket < colon)) {
    const std::optional<int> port = ParsePort(text.substr(colon + 1));
    if (!port) return std::nullopt;
    place.port = *port;
    text = text.substr(0, colon);
  }
  if (absl::ConsumePrefix(&text, "[") && !absl::ConsumeSuffix(&text, "]")) return std::nullopt;
  if (text.empty()) return std::nullopt;
  place.host = std::string(text);
  return place;
}

template <typename Proxy>
void Fill(const Place& place, Proxy& proxy) {
  proxy.set_host(place.host);
  proxy.set_port(place.port);
  proxy.set_user(place.user);
  proxy.set_password(place.password);
}

std::optional<v1::ProxyHop> ParseHop(absl::string_view text) {
  v1::ProxyHop hop;
  const bool http = absl::ConsumePrefix(&text, "http://");
  const bool four = !http && absl::ConsumePrefix(&text, "socks4://");
  if (!http && !four && !absl::ConsumePrefix(&text, "socks5://")) return std::nullopt;
  absl::ConsumeSuffix(&text, "/");
  const std::optional<Place> place = ParsePlace(text);
  if (!place || (http && place->port == 0)) return std::nullopt;
  if (http) {
    Fill(*place, *hop.mutable_http());
    return hop;
  }
  Fill(*place, *hop.mutable_socks());
  hop.mutable_socks()->set_version(four ? v1::SOCKS_VERSION_4 : v1::SOCKS_VERSION_5);
  return hop;
}

}  // namespace

std::optional<std::vector<v1::Property>> ParseProxies(const std::vector<std::string>& texts,
                                                      std::string* complaint) {
  std::vector<v1::Property> properties(2);
  v1::ProxyChain& chain = *properties[0].mutable_proxy_chain();
  for (size_t i = 0; i < texts.size(); ++i) {
    auto hop = ParseHop(texts[i]);
    if (!hop) {
      *complaint = absl::StrCat("proxy ", i + 1,
                                " is not socks5://[USER[:PASSWORD]@]HOST[:PORT], nor the same with "
                                "socks4://, nor http://[USER[:PASSWORD]@]HOST:PORT");
      return std::nullopt;
    }
    *chain.add_hops() = *std::move(hop);
  }
  // Whoever names a proxy for this very target wants it used.
  chain.set_proxy_loopback(true);
  properties[1].set_proxy_local_bypass(false);
  return properties;
}

}  // namespace streampair::cli
