#ifndef STREAMPAIR_CORE_ADDR_IP_ADDRESS_H_
#define STREAMPAIR_CORE_ADDR_IP_ADDRESS_H_

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/base/result.h"

namespace streampair {

// An IPv4 or IPv6 address. A value: ordered (IPv4 first) and hashable. An IPv4-mapped IPv6
// address is an IPv6 address, different from the IPv4 address in it; rules about addresses
// look through it with Unmapped().
class IpAddress {
 public:
  enum class Family : uint8_t { kV4, kV6 };

  IpAddress() = default;  // 0.0.0.0
  static IpAddress V4(const std::array<uint8_t, 4>& bytes);
  static IpAddress V6(const std::array<uint8_t, 16>& bytes);

  // Dotted decimal with exactly four parts and no leading zeros, or RFC 4291 text. No
  // octal, hexadecimal or short forms, no zone, no brackets, no surrounding space.
  // Anything else is InvalidRequest.
  static Result<IpAddress> Parse(absl::string_view text);

  // The numbers that inet_aton(3) takes for IPv4 addresses besides: one to four parts, of which the
  // last fills what is left, each decimal, octal with a leading 0, or hexadecimal with a leading
  // 0x: "127.1", "0x7f000001", "0177.0.0.1". Nothing for any other text.
  static std::optional<IpAddress> ParseShortForm(absl::string_view text);

  Family family() const { return family_; }
  bool is_v4() const { return family_ == Family::kV4; }
  bool is_v6() const { return family_ == Family::kV6; }

  // 4 or 16 bytes in network order; valid as long as this object.
  absl::Span<const uint8_t> bytes() const { return {bytes_.data(), is_v4() ? 4u : 16u}; }

  // ::ffff:192.0.2.1 gives 192.0.2.1; every other address gives itself.
  IpAddress Unmapped() const;

  bool IsLoopback() const;     // 127.0.0.0/8, ::1.
  bool IsUnspecified() const;  // 0.0.0.0, ::.

  // The canonical form of RFC 5952; Parse() of it gives the same address.
  std::string ToString() const;

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const IpAddress& a) {
    return H::combine(std::move(h), a.family_, a.bytes_);
  }

 private:
  Family family_ = Family::kV4;
  std::array<uint8_t, 16> bytes_ = {};  // An IPv4 address fills the first four.
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_ADDR_IP_ADDRESS_H_
