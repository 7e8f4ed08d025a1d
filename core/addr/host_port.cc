#include "core/addr/host_port.h"

#include <variant>

#include "absl/strings/str_cat.h"
#include "core/addr/endpoint.h"

namespace streampair {

std::string HostPort::ToString() const {
  if (const auto* address = std::get_if<IpAddress>(&host)) {
    return Endpoint{*address, port}.ToString();
  }
  return absl::StrCat(std::get<HostName>(host).str(), ":", port);
}

}  // namespace streampair
