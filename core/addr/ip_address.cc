#include "core/addr/ip_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/base/streampair_errors.h"

namespace streampair {
namespace {

constexpr std::array<uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::string DottedDecimal(const uint8_t* b) {
  return absl::StrCat(b[0], ".", b[1], ".", b[2], ".", b[3]);
}

// A number as C writes it: decimal, octal with a leading 0, hexadecimal with a leading 0x.
std::optional<uint32_t> ParseCNumber(absl::string_view text) {
  int base = 10;
  if (absl::ConsumePrefix(&text, "0x") || absl::ConsumePrefix(&text, "0X")) {
    base = 16;
  } else if (text.size() > 1 && absl::ConsumePrefix(&text, "0")) {
    base = 8;
  }
  if (text.empty() || text.size() > 32) return std::nullopt;
  uint64_t value = 0;
  for (const char c : text) {
    const int digit = absl::ascii_isdigit(c)    ? c - '0'
                      : absl::ascii_isxdigit(c) ? absl::ascii_tolower(c) - 'a' + 10
                                                : base;
    if (digit >= base) return std::nullopt;
    value = value * static_cast<uint64_t>(base) + static_cast<uint64_t>(digit);
    if (value > 0xffffffff) return std::nullopt;
  }
  return static_cast<uint32_t>(value);
}

// Of the eight groups, the first longest run of zeros that has at least two.
struct Run {
  int begin = 8;
  int length = 0;
};

Run LongestZeros(const std::array<uint16_t, 8>& groups) {
  Run best;
  for (int i = 0; i < 8; ++i) {
    int end = i;
    while (end < 8 && groups[end] == 0) ++end;
    if (end - i >= 2 && end - i > best.length) best = {i, end - i};
    i = std::max(i, end - 1);
  }
  return best;
}

std::string ColonHex(const std::array<uint8_t, 16>& b) {
  std::array<uint16_t, 8> groups;
  for (int i = 0; i < 8; ++i) groups[i] = static_cast<uint16_t>(b[2 * i] << 8 | b[2 * i + 1]);
  const Run zeros = LongestZeros(groups);
  std::string text;
  for (int i = 0; i < 8; ++i) {
    if (i == zeros.begin) {
      text += "::";
      i += zeros.length - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    absl::StrAppend(&text, absl::Hex(groups[i]));
  }
  return text;
}

}  // namespace

IpAddress IpAddress::V4(const std::array<uint8_t, 4>& bytes) {
  IpAddress address;
  std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
  return address;
}

IpAddress IpAddress::V6(const std::array<uint8_t, 16>& bytes) {
  IpAddress address;
  address.family_ = Family::kV6;
  address.bytes_ = bytes;
  return address;
}

Result<IpAddress> IpAddress::Parse(absl::string_view text) {
  // The system's parser is as strict as promised, but stops at a NUL.
  if (text.size() < INET6_ADDRSTRLEN && text.find('\0') == absl::string_view::npos) {
    const std::string terminated(text);
    IpAddress address;
    if (inet_pton(AF_INET, terminated.c_str(), address.bytes_.data()) == 1) return address;
    address.bytes_ = {};
    address.family_ = Family::kV6;
    if (inet_pton(AF_INET6, terminated.c_str(), address.bytes_.data()) == 1) return address;
  }
  return InvalidRequest(
      "not an IP address: four decimal numbers without leading zeros, or IPv6 without zone and "
      "brackets, are expected");
}

IpAddress IpAddress::Unmapped() const {
  if (is_v4() || !std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes_.begin())) {
    return *this;
  }
  return V4({bytes_[12], bytes_[13], bytes_[14], bytes_[15]});
}

std::optional<IpAddress> IpAddress::ParseShortForm(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '.');
  if (parts.size() > 4) return std::nullopt;
  uint64_t value = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    const std::optional<uint32_t> part = ParseCNumber(parts[i]);
    const bool last = i + 1 == parts.size();
    const size_t bytes = last ? 4 - i : 1;
    if (!part.has_value() || *part >= uint64_t{1} << (8 * bytes)) return std::nullopt;
    value = value << (8 * bytes) | *part;
  }
  return V4({static_cast<uint8_t>(value >> 24), static_cast<uint8_t>(value >> 16),
             static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)});
}

bool IpAddress::IsLoopback() const {
  if (is_v4()) return bytes_[0] == 127;
  return bytes_[15] == 1 &&
         std::all_of(bytes_.begin(), bytes_.end() - 1, [](uint8_t byte) { return byte == 0; });
}

bool IpAddress::IsUnspecified() const {
  return std::all_of(bytes_.begin(), bytes_.end(), [](uint8_t byte) { return byte == 0; });
}

std::string IpAddress::ToString() const {
  if (is_v4()) return DottedDecimal(bytes_.data());
  if (Unmapped().is_v4()) return absl::StrCat("::ffff:", DottedDecimal(bytes_.data() + 12));
  return ColonHex(bytes_);
}

}  // namespace streampair
