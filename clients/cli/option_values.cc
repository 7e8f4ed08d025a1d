#include "clients/cli/option_values.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace streampair::cli {

std::optional<absl::Duration> ParseDuration(absl::string_view text) {
  absl::Duration duration;
  double seconds = 0;
  if (absl::SimpleAtod(text, &seconds)) {
    duration = absl::Seconds(seconds);
  } else if (!absl::ParseDuration(text, &duration)) {
    return std::nullopt;
  }
  if (duration < absl::ZeroDuration() || duration > absl::Hours(24 * 365)) return std::nullopt;
  return duration;
}

std::optional<int> ParsePort(absl::string_view text) {
  int port = 0;
  if (!absl::SimpleAtoi(text, &port) || port < 1 || port > 65535) return std::nullopt;
  return port;
}

std::optional<std::map<std::string, std::string>> ParseLabels(const std::vector<std::string>& texts,
                                                              std::string* complaint) {
  std::map<std::string, std::string> labels;
  for (const std::string& text : texts) {
    const std::pair<std::string, std::string> label = absl::StrSplit(text, absl::MaxSplits('=', 1));
    if (label.first.empty() || !absl::StrContains(text, '=')) {
      *complaint = absl::StrCat("--label=", text, " is not KEY=VALUE");
      return std::nullopt;
    }
    if (!labels.insert(label).second) {
      *complaint = absl::StrCat("--label gives ", label.first, " twice");
      return std::nullopt;
    }
  }
  return labels;
}

std::optional<std::string> ServerComplaint(absl::string_view server) {
  for (absl::string_view scheme : {"unix:", "unix-abstract:", "dns:", "ipv4:", "ipv6:"}) {
    if (absl::StartsWith(server, scheme) && server.size() > scheme.size()) return std::nullopt;
  }
  const size_t colon = server.rfind(':');
  const absl::string_view host = server.substr(0, colon == server.npos ? 0 : colon);
  const bool ambiguous = absl::StrContains(host, ':') && !absl::StartsWith(host, "[");
  if (colon == server.npos || host.empty() || ambiguous || !ParsePort(server.substr(colon + 1))) {
    return absl::StrCat("'", server,
                        "' is no address of a server; write HOST:PORT, [IPV6]:PORT or "
                        "unix:/PATH");
  }
  return std::nullopt;
}

}  // namespace streampair::cli
