#ifndef STREAMPAIR_CORE_TESTING_DNS_WIRE_H_
#define STREAMPAIR_CORE_TESTING_DNS_WIRE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace streampair {

// The little of RFC 1035 that a scripted name server needs. Trusts its peer, which is our own
// resolver: for tests only.

enum class DnsType : uint16_t { kA = 1, kCname = 5, kTxt = 16, kAaaa = 28, kSrv = 33 };

struct DnsQuestion {
  std::string name;  // "www.example", lower case.
  DnsType type = DnsType::kA;
  bool over_tcp = false;
};

struct DnsRecord {
  std::string name;  // Empty: that of the question.
  DnsType type;
  // "192.0.2.1", "2001:db8::1", the name that an alias leads to, "0 5 80 host.test" of SRV, or the
  // strings of TXT with '|' between them.
  std::string data;
};

struct DnsReply {
  int rcode = 0;
  bool truncated = false;  // TC: "ask again over TCP".
  std::vector<DnsRecord> answers;

  bool silent = false;             // Nothing is sent.
  std::optional<std::string> raw;  // Sent instead of everything after the message's id.
};

// RCODE values of RFC 1035 section 4.1.1.
inline constexpr int kFormErr = 1, kServFail = 2, kNxDomain = 3, kNotImp = 4, kRefused = 5;

// The question of a query, if it is a query with one.
std::optional<DnsQuestion> ParseDnsQuery(absl::string_view query);

// The answer to `query`, with its id and its question.
std::string MakeDnsResponse(absl::string_view query, const DnsReply& reply);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TESTING_DNS_WIRE_H_
