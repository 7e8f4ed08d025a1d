#include "core/socks/local_bypass.h"

#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/addr/ip_address.h"
#include "core/base/result.h"
#include "core/base/streampair_errors.h"

namespace streampair {
namespace {

constexpr size_t kMaxPattern = 255;

uint32_t NumberOf(const IpAddress& v4) {
  uint32_t number = 0;
  for (const uint8_t byte : v4.bytes()) number = number << 8 | byte;
  return number;
}

struct Range {
  uint32_t network;
  uint32_t mask;
};

// "a.b.c.d/len", with octets that may be missing from the right.
std::optional<Range> ParseRange(absl::string_view pattern) {
  const std::vector<absl::string_view> parts = absl::StrSplit(pattern, '/');
  int bits;
  if (parts.size() != 2 || parts[1].empty() || parts[1].size() > 2 ||
      parts[1].find_first_not_of("0123456789") != absl::string_view::npos ||
      !absl::SimpleAtoi(parts[1], &bits) || bits < 1 || bits > 32) {
    return std::nullopt;
  }
  std::vector<absl::string_view> octets = absl::StrSplit(parts[0], '.');
  if (octets.size() > 4) return std::nullopt;
  octets.resize(4, "0");
  const Result<IpAddress> network = IpAddress::Parse(absl::StrJoin(octets, "."));
  if (!network.ok() || !network->is_v4()) return std::nullopt;
  const Range range = {NumberOf(*network), ~uint32_t{0} << (32 - bits)};
  if ((range.network & ~range.mask) != 0) return std::nullopt;
  return range;
}

// Label by label from the right. A leading star or dot stands for one or more labels.
bool MatchesLabels(absl::string_view name, absl::string_view pattern) {
  std::vector<absl::string_view> labels = absl::StrSplit(name, '.');
  std::vector<absl::string_view> wanted = absl::StrSplit(pattern, '.');
  const bool open = wanted.front().empty() || wanted.front() == "*";
  if (open) wanted.erase(wanted.begin());
  if (open ? labels.size() <= wanted.size() : labels.size() != wanted.size()) return false;
  for (; !wanted.empty(); wanted.pop_back(), labels.pop_back()) {
    if (wanted.back() != "*" && !absl::EqualsIgnoreCase(wanted.back(), labels.back())) return false;
  }
  return true;
}

bool Matches(absl::string_view target, const Result<IpAddress>& address,
             absl::string_view pattern) {
  if (absl::StrContains(pattern, '/')) {
    const std::optional<Range> range = ParseRange(pattern);
    return range && address.ok() && address->is_v4() &&
           (NumberOf(*address) & range->mask) == range->network;
  }
  if (address.ok()) {
    const Result<IpAddress> exact = IpAddress::Parse(pattern);
    return exact.ok() && *exact == *address;
  }
  return MatchesLabels(target, absl::StripSuffix(pattern, "."));
}

}  // namespace

std::optional<Error> CheckBypassPattern(absl::string_view pattern) {
  if (pattern.empty() || pattern.size() > kMaxPattern) {
    return InvalidRequest(
        absl::StrCat("must be 1 to ", kMaxPattern, " bytes, is ", pattern.size()));
  }
  if (absl::StrContains(pattern, '/')) {
    if (ParseRange(pattern)) return std::nullopt;
    return InvalidRequest(
        "a range must be an IPv4 network without bits beyond its length of 1 to 32: 192.0.2.0/24");
  }
  if (IpAddress::Parse(pattern).ok()) return std::nullopt;
  absl::string_view rest = absl::StripSuffix(pattern, ".");
  rest = absl::StripPrefix(rest, ".");
  for (const absl::string_view label : absl::StrSplit(rest, '.')) {
    if (label == "*") continue;
    const bool fits = !label.empty() && label.size() <= 63 &&
                      label.find_first_not_of(
                          "abcdefghijklmnopqrstuvwxyz"
                          "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == absl::string_view::npos;
    if (!fits) {
      return InvalidRequest(
          "must be a name, an address, an IPv4 range or a pattern such as .example.com");
    }
  }
  return std::nullopt;
}

std::optional<std::string> WhyBypassed(absl::string_view target, const BypassRules& rules) {
  const absl::string_view name = absl::StripSuffix(target, ".");
  const Result<IpAddress> address = IpAddress::Parse(target);
  const bool loopback = absl::EqualsIgnoreCase(name, "localhost") || target == "127.0.0.1" ||
                        (address.ok() && address->is_v6() && address->IsLoopback());
  if (loopback && !rules.proxy_loopback) {
    return "localhost, 127.0.0.1 and ::1 never go through a proxy unless proxy_loopback is set";
  }
  // Loopback is asked for plainly here, so the rule about dots does not take it back.
  if (!loopback && rules.simple_names && !absl::StrContains(target, '.')) {
    return "proxy_local_bypass is on and there is no dot in it";
  }
  for (const std::string& pattern : rules.exceptions) {
    if (Matches(name, address, pattern)) {
      return absl::StrCat("it matches the exception \"", pattern, "\"");
    }
  }
  return std::nullopt;
}

}  // namespace streampair
