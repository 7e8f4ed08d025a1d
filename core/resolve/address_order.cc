#include "core/resolve/address_order.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <tuple>

#include "absl/numeric/bits.h"

namespace streampair {
namespace {

using Bytes = std::array<uint8_t, 16>;

// IPv4 as IPv4-mapped, which is how the policy table knows it.
Bytes AsIpv6(const IpAddress& address) {
  Bytes bytes = {};
  if (address.is_v4()) {
    bytes[10] = bytes[11] = 0xff;
    std::copy(address.bytes().begin(), address.bytes().end(), bytes.begin() + 12);
  } else {
    std::copy(address.bytes().begin(), address.bytes().end(), bytes.begin());
  }
  return bytes;
}

int CommonPrefix(const Bytes& a, const Bytes& b) {
  for (int i = 0; i < 16; ++i) {
    const uint8_t difference = a[i] ^ b[i];
    if (difference != 0) return 8 * i + absl::countl_zero(difference);
  }
  return 128;
}

struct PolicyRow {
  Bytes prefix;
  int length;
  int precedence;
  int label;
};

// RFC 6724 section 2.1, longest prefixes first.
constexpr PolicyRow kPolicyTable[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, 50, 0},  // ::1/128
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, 35, 4},         // ::ffff:0:0/96
    {{}, 96, 1, 3},                                                  // ::/96
    {{0x20, 0x01, 0, 0}, 32, 5, 5},                                  // 2001::/32
    {{0x20, 0x02}, 16, 30, 2},                                       // 2002::/16
    {{0x3f, 0xfe}, 16, 1, 12},                                       // 3ffe::/16
    {{0xfe, 0xc0}, 10, 1, 11},                                       // fec0::/10
    {{0xfc}, 7, 3, 13},                                              // fc00::/7
};
constexpr PolicyRow kDefaultPolicy = {{}, 0, 40, 1};  // ::/0

const PolicyRow& PolicyOf(const Bytes& address) {
  for (const PolicyRow& row : kPolicyTable) {
    if (CommonPrefix(address, row.prefix) >= row.length) return row;
  }
  return kDefaultPolicy;
}

// The scope values of RFC 4291 section 2.7; RFC 6724 section 3.2 for IPv4.
int ScopeOf(const IpAddress& address) {
  constexpr int kLinkLocal = 0x2, kSiteLocal = 0x5, kGlobal = 0xe;
  const IpAddress plain = address.Unmapped();
  if (plain.IsLoopback()) return kLinkLocal;
  const auto bytes = plain.bytes();
  if (plain.is_v4()) return bytes[0] == 169 && bytes[1] == 254 ? kLinkLocal : kGlobal;
  if (bytes[0] == 0xff) return bytes[1] & 0x0f;
  if (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80) return kLinkLocal;
  if (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0xc0) return kSiteLocal;
  return kGlobal;
}

struct Candidate {
  IpAddress address;
  // Each part is smaller for the address to prefer, and stands for one rule.
  std::tuple<bool, bool, bool, int, int, int> rank;
};

Candidate Rank(const IpAddress& address, const std::optional<IpAddress>& source) {
  const Bytes bytes = AsIpv6(address);
  const PolicyRow& policy = PolicyOf(bytes);
  const int scope = ScopeOf(address);
  bool other_scope = true;
  bool other_label = true;
  int common_prefix = 0;
  if (source.has_value()) {
    const Bytes source_bytes = AsIpv6(*source);
    other_scope = ScopeOf(*source) != scope;
    other_label = PolicyOf(source_bytes).label != policy.label;
    // Counted up to the interface id, which begins at bit 64.
    if (address.is_v6()) common_prefix = std::min(64, CommonPrefix(bytes, source_bytes));
  }
  return {address,
          {!source.has_value(),  // Rule 1: avoid unusable destinations.
           other_scope,          // Rule 2: prefer matching scope.
           other_label,          // Rule 5: prefer matching label.
           -policy.precedence,   // Rule 6: prefer higher precedence.
           scope,                // Rule 8: prefer smaller scope.
           -common_prefix}};     // Rule 9: use the longest matching prefix.
}

}  // namespace

void SortByRfc6724(std::vector<IpAddress>& addresses, SourceOf source_of) {
  if (addresses.size() < 2) return;
  std::vector<Candidate> candidates;
  candidates.reserve(addresses.size());
  for (const IpAddress& address : addresses) {
    candidates.push_back(Rank(address, source_of(address)));
  }
  // Rule 10: otherwise leave the order alone.
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.rank < b.rank; });
  for (size_t i = 0; i < addresses.size(); ++i) addresses[i] = candidates[i].address;
}

}  // namespace streampair
