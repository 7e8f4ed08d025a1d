#include "core/addr/ip_range.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/base/streampair_errors.h"

namespace streampair {
namespace {

int MostBits(const IpAddress& address) { return address.is_v4() ? 32 : 128; }

// Clears what comes after the first `length` bits.
template <size_t n>
void Clear(std::array<uint8_t, n>& bytes, int length) {
  for (size_t i = 0; i < n; ++i) {
    const int kept = std::clamp(length - static_cast<int>(i) * 8, 0, 8);
    bytes[i] = static_cast<uint8_t>(bytes[i] & (0xff00 >> kept));
  }
}

}  // namespace

Result<IpRange> IpRange::Parse(absl::string_view text) {
  const size_t slash = text.find('/');
  auto address = IpAddress::Parse(text.substr(0, slash));
  if (!address.ok()) {
    return InvalidRequest(
        absl::StrCat("\"", text, "\" is no range of addresses such as 10.0.0.0/8 or fd00::/8"));
  }
  int length = MostBits(*address);
  if (slash != absl::string_view::npos) {
    const absl::string_view digits = text.substr(slash + 1);
    // SimpleAtoi would take a sign and spaces.
    if (digits.empty() || !std::all_of(digits.begin(), digits.end(), absl::ascii_isdigit) ||
        !absl::SimpleAtoi(digits, &length) || length > MostBits(*address)) {
      return InvalidRequest(absl::StrCat("\"", text, "\": the length after the slash must be 0 to ",
                                         MostBits(*address)));
    }
  }
  const IpRange range = Around(*address, length);
  if (range.first_ != *address) {
    return InvalidRequest(
        absl::StrCat("\"", text, "\" has bits after its length; the range is ", range.ToString()));
  }
  return range;
}

IpRange IpRange::Around(const IpAddress& address, int length) {
  const auto bytes = address.bytes();
  if (address.is_v4()) {
    std::array<uint8_t, 4> kept;
    std::copy(bytes.begin(), bytes.end(), kept.begin());
    Clear(kept, length);
    return IpRange(IpAddress::V4(kept), length);
  }
  std::array<uint8_t, 16> kept;
  std::copy(bytes.begin(), bytes.end(), kept.begin());
  Clear(kept, length);
  return IpRange(IpAddress::V6(kept), length);
}

bool IpRange::Contains(const IpAddress& address) const {
  return address.family() == first_.family() && Around(address, length_).first_ == first_;
}

std::string IpRange::ToString() const { return absl::StrCat(first_.ToString(), "/", length_); }

}  // namespace streampair
