#include "core/socks/bound_address.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/addr/endpoint.h"
#include "core/base/check.h"

namespace streampair {
namespace {

uint16_t PortOf(absl::string_view port) {
  SP_CHECK(port.size() == 2);
  return static_cast<uint16_t>(static_cast<uint8_t>(port[0]) << 8 | static_cast<uint8_t>(port[1]));
}

}  // namespace

std::string BoundAddress(absl::string_view address, absl::string_view port) {
  IpAddress ip;
  if (address.size() == 4) {
    std::array<uint8_t, 4> bytes;
    std::copy(address.begin(), address.end(), bytes.begin());
    ip = IpAddress::V4(bytes);
  } else {
    SP_CHECK(address.size() == 16);
    std::array<uint8_t, 16> bytes;
    std::copy(address.begin(), address.end(), bytes.begin());
    ip = IpAddress::V6(bytes);
  }
  if (ip.IsUnspecified() && PortOf(port) == 0) return "";
  return Endpoint{ip, PortOf(port)}.ToString();
}

std::string BoundName(absl::string_view name, absl::string_view port) {
  if (name.empty() && PortOf(port) == 0) return "";
  return absl::StrCat(absl::CHexEscape(name), ":", PortOf(port));
}

}  // namespace streampair
