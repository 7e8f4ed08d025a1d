#include "core/policy/address_class.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "core/policy/embedded_ipv4.h"

namespace streampair {
namespace {

struct Row {
  const char* range;
  AddressClass address_class;
};

// kPublic rows are the registries' exceptions inside wider ranges, and the two where what decides
// is the IPv4 address within.
constexpr Row kRows[] = {
    {"0.0.0.0/0", AddressClass::kPublic},
    {"0.0.0.0/8", AddressClass::kThisNetwork},
    {"10.0.0.0/8", AddressClass::kPrivate},
    {"100.64.0.0/10", AddressClass::kShared},
    {"100.100.100.200/32", AddressClass::kMetadata},  // Alibaba
    {"127.0.0.0/8", AddressClass::kLoopback},
    {"168.63.129.16/32", AddressClass::kMetadata},  // Azure; looks public
    {"169.254.0.0/16", AddressClass::kLinkLocal},
    {"169.254.169.253/32", AddressClass::kMetadata},  // AWS, name server
    {"169.254.169.254/32", AddressClass::kMetadata},  // AWS, Azure, Google and most others
    {"169.254.170.2/32", AddressClass::kMetadata},    // AWS ECS
    {"169.254.170.23/32", AddressClass::kMetadata},   // AWS EKS
    {"172.16.0.0/12", AddressClass::kPrivate},
    {"192.0.0.0/24", AddressClass::kProtocol},
    {"192.0.0.9/32", AddressClass::kPublic},      // PCP anycast, RFC 7723
    {"192.0.0.10/32", AddressClass::kPublic},     // TURN anycast, RFC 8155
    {"192.0.0.192/32", AddressClass::kMetadata},  // Oracle
    {"192.0.2.0/24", AddressClass::kDocumentation},
    {"192.88.99.0/24", AddressClass::kProtocol},  // 6to4 relays, RFC 7526
    {"192.168.0.0/16", AddressClass::kPrivate},
    {"198.18.0.0/15", AddressClass::kBenchmarking},
    {"198.51.100.0/24", AddressClass::kDocumentation},
    {"203.0.113.0/24", AddressClass::kDocumentation},
    {"224.0.0.0/4", AddressClass::kMulticast},
    {"240.0.0.0/4", AddressClass::kReserved},

    {"::/0", AddressClass::kReserved},  // Only 2000::/3 has been given away.
    {"::/128", AddressClass::kThisNetwork},
    {"::1/128", AddressClass::kLoopback},
    {"::/96", AddressClass::kProtocol},        // IPv4-compatible, deprecated
    {"::ffff:0:0/96", AddressClass::kPublic},  // The IPv4 address decides.
    {"64:ff9b::/96", AddressClass::kPublic},   // The IPv4 address decides.
    {"64:ff9b:1::/48", AddressClass::kProtocol},
    {"100::/64", AddressClass::kProtocol},        // Discard, RFC 6666
    {"100:0:0:1::/64", AddressClass::kProtocol},  // Dummy, RFC 9780
    {"2000::/3", AddressClass::kPublic},
    {"2001::/23", AddressClass::kProtocol},
    {"2001::/32", AddressClass::kProtocol},    // Teredo
    {"2001:1::1/128", AddressClass::kPublic},  // PCP anycast
    {"2001:1::2/128", AddressClass::kPublic},  // TURN anycast
    {"2001:1::3/128", AddressClass::kPublic},  // DNS-SD SRP anycast, RFC 9665
    {"2001:2::/48", AddressClass::kBenchmarking},
    {"2001:3::/32", AddressClass::kPublic},      // AMT
    {"2001:4:112::/48", AddressClass::kPublic},  // AS112
    {"2001:10::/28", AddressClass::kProtocol},   // ORCHID, deprecated
    {"2001:20::/28", AddressClass::kPublic},     // ORCHIDv2
    {"2001:30::/28", AddressClass::kPublic},     // Drone remote identification
    {"2001:db8::/32", AddressClass::kDocumentation},
    {"2002::/16", AddressClass::kProtocol},  // 6to4, deprecated
    {"3fff::/20", AddressClass::kDocumentation},
    {"5f00::/16", AddressClass::kProtocol},  // SRv6 segments, RFC 9602
    {"fc00::/7", AddressClass::kPrivate},
    {"fd00:c1::a9fe:a9fe/128", AddressClass::kMetadata},  // Oracle
    {"fd00:ec2::23/128", AddressClass::kMetadata},        // AWS EKS
    {"fd00:ec2::253/128", AddressClass::kMetadata},       // AWS, name server
    {"fd00:ec2::254/128", AddressClass::kMetadata},       // AWS
    {"fd20:ce::254/128", AddressClass::kMetadata},        // Google
    {"fe80::/10", AddressClass::kLinkLocal},
    {"fec0::/10", AddressClass::kPrivate},  // Site-local, deprecated
    {"ff00::/8", AddressClass::kMulticast},
};

struct Entry {
  IpRange range;
  AddressClass address_class;
};

const std::vector<Entry>& Table() {
  static const std::vector<Entry>& table = *[] {
    auto* entries = new std::vector<Entry>();
    for (const Row& row : kRows)
      entries->push_back({*IpRange::Parse(row.range), row.address_class});
    return entries;
  }();
  return table;
}

AddressVerdict ByTable(const IpAddress& address) {
  const Entry* best = nullptr;
  for (const Entry& entry : Table()) {
    if ((best == nullptr || entry.range.length() > best->range.length()) &&
        entry.range.Contains(address)) {
      best = &entry;
    }
  }
  return {best->address_class, best->range, address};  // Each family has a row of length 0.
}

}  // namespace

AddressVerdict Classify(const IpAddress& address) {
  const auto within = EmbeddedIpv4(address);
  // First, because it says more: ::127.0.0.1 is loopback before it is a deprecated form.
  for (const IpAddress& each : within) {
    const AddressVerdict verdict = ByTable(each);
    if (verdict.address_class != AddressClass::kPublic) return verdict;
  }
  return ByTable(address);
}

absl::string_view AddressClassName(AddressClass address_class) {
  switch (address_class) {
    case AddressClass::kPublic:
      return "public";
    case AddressClass::kThisNetwork:
      return "this_network";
    case AddressClass::kLoopback:
      return "loopback";
    case AddressClass::kPrivate:
      return "private";
    case AddressClass::kShared:
      return "shared";
    case AddressClass::kLinkLocal:
      return "link_local";
    case AddressClass::kMetadata:
      return "metadata";
    case AddressClass::kProtocol:
      return "protocol";
    case AddressClass::kDocumentation:
      return "documentation";
    case AddressClass::kBenchmarking:
      return "benchmarking";
    case AddressClass::kMulticast:
      return "multicast";
    case AddressClass::kReserved:
      return "reserved";
  }
  return "";
}

std::string AddressVerdict::ToString(const IpAddress& address) const {
  return absl::StrCat(
      AddressClassName(address_class), " (", range.ToString(),
      judged == address ? "" : absl::StrCat(", by the ", judged.ToString(), " in it"), ")");
}

}  // namespace streampair
