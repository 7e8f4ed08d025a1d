#include "core/dial/dial_target.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace streampair {

DialTarget DialTarget::ToHost(const HostSpec& host, Port port) {
  if (const auto* address = std::get_if<IpAddress>(&host)) {
    return ToEndpoints({Endpoint{*address, port.value()}});
  }
  return DialTarget{{}, NamedHost{std::get<HostName>(host), port}, std::nullopt};
}

DialTarget DialTarget::ToEndpoints(std::vector<Endpoint> endpoints) {
  return DialTarget{std::move(endpoints), std::nullopt, std::nullopt};
}

DialTarget DialTarget::ToService(ServiceName service) {
  return DialTarget{{}, std::nullopt, std::move(service)};
}

std::string DialTarget::ToString() const {
  if (endpoints.empty()) {
    if (service.has_value()) return service->ToString();
    return host.has_value() ? absl::StrCat(host->name.str(), ":", host->port.value()) : "nothing";
  }
  return absl::StrJoin(endpoints, ", ", [](std::string* out, const Endpoint& endpoint) {
    absl::StrAppend(out, endpoint.ToString());
  });
}

}  // namespace streampair
