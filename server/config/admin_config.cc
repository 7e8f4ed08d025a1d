#include "server/config/admin_config.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/addr/endpoint.h"

namespace streampair {
namespace {

// Why operators cannot be served there; empty if they can.
std::string Refusal(const std::string& text, bool authenticated) {
  absl::string_view rest = text;
  if (absl::ConsumePrefix(&rest, "unix:")) {
    return rest.empty() ? "a path must follow unix:" : "";
  }
  const Result<Endpoint> endpoint = absl::ConsumePrefix(&rest, "localhost:")
                                        ? Endpoint::Parse(absl::StrCat("127.0.0.1:", rest))
                                        : Endpoint::Parse(text);
  if (!endpoint.ok()) {
    return "must be an address with a port, localhost with a port, or unix:/path";
  }
  if (!endpoint->address.IsLoopback() && !authenticated) {
    return "is reachable from other machines, and needs tls with a client_ca";
  }
  return "";
}

}  // namespace

std::optional<AdminSettings> AdminFromConfig(const config::v1::Config& config,
                                             ConfigComplaints& complaints) {
  if (!config.has_admin()) return std::nullopt;
  const config::v1::Admin& proto = config.admin();
  bool good = true;
  const auto complain = [&](absl::string_view path, absl::string_view message) {
    complaints.Add(path, message);
    good = false;
  };
  AdminSettings settings;
  settings.cert = proto.tls().cert();
  settings.key = proto.tls().key();
  settings.client_ca = proto.tls().client_ca();
  settings.crl = proto.tls().crl();
  if (proto.has_tls() && (settings.cert.empty() || settings.key.empty())) {
    complain("admin.tls", "cert and key are required");
  }
  if (!settings.crl.empty() && settings.client_ca.empty()) {
    complain("admin.tls.crl", "needs client_ca");
  }
  if (proto.listen().empty()) complain("admin", "listen is missing");
  for (int i = 0; i < proto.listen_size(); ++i) {
    const std::string refusal = Refusal(proto.listen(i), !settings.client_ca.empty());
    if (!refusal.empty()) {
      complain(absl::StrCat("admin.listen[", i, "]"),
               absl::StrCat("\"", proto.listen(i), "\" ", refusal));
    }
    settings.listen.push_back(proto.listen(i));
  }
  for (int i = 0; i < proto.principals_size(); ++i) {
    auto pattern = PrincipalPattern::Parse(proto.principals(i));
    if (pattern.ok()) {
      settings.principals.push_back(*std::move(pattern));
    } else {
      complain(absl::StrCat("admin.principals[", i, "]"), pattern.error().detail());
    }
  }
  if (!good) return std::nullopt;
  return settings;
}

}  // namespace streampair
