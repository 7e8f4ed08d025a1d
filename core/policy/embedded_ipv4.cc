#include "core/policy/embedded_ipv4.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "absl/types/span.h"

namespace streampair {
namespace {

using Bytes = absl::Span<const uint8_t>;

bool BeginsWith(Bytes bytes, std::initializer_list<uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

bool IsZero(Bytes bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte == 0; });
}

IpAddress FourAt(Bytes bytes, size_t at) {
  return IpAddress::V4({bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]});
}

}  // namespace

absl::InlinedVector<IpAddress, 2> EmbeddedIpv4(const IpAddress& address) {
  if (address.is_v4()) return {};
  const Bytes bytes = address.bytes();
  const bool mapped = IsZero(bytes.first(10)) && bytes[10] == 0xff && bytes[11] == 0xff;
  const bool compatible =
      IsZero(bytes.first(12)) && !address.IsUnspecified() && !address.IsLoopback();
  const bool nat64 = BeginsWith(bytes, {0x00, 0x64, 0xff, 0x9b}) && IsZero(bytes.subspan(4, 8));
  if (mapped || compatible || nat64) return {FourAt(bytes, 12)};
  if (BeginsWith(bytes, {0x00, 0x64, 0xff, 0x9b, 0x00, 0x01})) {
    // RFC 6052 section 2.2: bits 64 to 71 are left out.
    return {IpAddress::V4({bytes[6], bytes[7], bytes[9], bytes[10]}), FourAt(bytes, 12)};
  }
  if (BeginsWith(bytes, {0x20, 0x02})) return {FourAt(bytes, 2)};
  if (BeginsWith(bytes, {0x20, 0x01, 0x00, 0x00})) {
    std::array<uint8_t, 4> client;
    for (size_t i = 0; i < client.size(); ++i) client[i] = static_cast<uint8_t>(~bytes[12 + i]);
    return {FourAt(bytes, 4), IpAddress::V4(client)};
  }
  const bool isatap = (bytes[8] == 0x00 || bytes[8] == 0x02) && bytes[9] == 0x00 &&
                      bytes[10] == 0x5e && bytes[11] == 0xfe;
  if (isatap) return {FourAt(bytes, 12)};
  return {};
}

}  // namespace streampair
