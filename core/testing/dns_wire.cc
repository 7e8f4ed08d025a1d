#include "core/testing/dns_wire.h"

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/addr/ip_address.h"
#include "core/base/result.h"

namespace streampair {
namespace {

constexpr size_t kHeader = 12;

std::string Number16(uint32_t value) {
  return {static_cast<char>(value >> 8 & 0xff), static_cast<char>(value & 0xff)};
}

std::string WireName(absl::string_view name) {
  std::string wire;
  for (absl::string_view label : absl::StrSplit(name, '.')) {
    absl::StrAppend(&wire, std::string(1, static_cast<char>(label.size())), label);
  }
  return wire + '\0';
}

std::string WireSrv(absl::string_view text) {
  const std::vector<std::string> fields = absl::StrSplit(text, ' ');
  std::string wire;
  for (size_t i = 0; i < 3; ++i) {
    absl::StrAppend(&wire, Number16(static_cast<uint32_t>(std::stoul(fields[i]))));
  }
  return absl::StrCat(wire, fields[3] == "." ? std::string(1, '\0') : WireName(fields[3]));
}

std::string WireTxt(absl::string_view text) {
  std::string wire;
  for (absl::string_view part : absl::StrSplit(text, '|')) {
    absl::StrAppend(&wire, std::string(1, static_cast<char>(part.size())), part);
  }
  return wire;
}

std::string WireData(const DnsRecord& record) {
  if (record.type == DnsType::kCname) return WireName(record.data);
  if (record.type == DnsType::kSrv) return WireSrv(record.data);
  if (record.type == DnsType::kTxt) return WireTxt(record.data);
  const IpAddress address = IpAddress::Parse(record.data).value();
  return std::string(address.bytes().begin(), address.bytes().end());
}

// Where the question ends: after the name, the type and the class.
size_t EndOfQuestion(absl::string_view query) {
  size_t at = kHeader;
  while (at < query.size() && query[at] != 0) at += 1 + static_cast<uint8_t>(query[at]);
  return at + 5;
}

}  // namespace

std::optional<DnsQuestion> ParseDnsQuery(absl::string_view query) {
  if (query.size() < kHeader || EndOfQuestion(query) > query.size()) return std::nullopt;
  DnsQuestion question;
  size_t at = kHeader;
  while (query[at] != 0) {
    const size_t length = static_cast<uint8_t>(query[at]);
    if (!question.name.empty()) question.name += '.';
    question.name += absl::AsciiStrToLower(query.substr(at + 1, length));
    at += 1 + length;
  }
  question.type = static_cast<DnsType>(static_cast<uint8_t>(query[at + 1]) << 8 |
                                       static_cast<uint8_t>(query[at + 2]));
  return question;
}

std::string MakeDnsResponse(absl::string_view query, const DnsReply& reply) {
  if (reply.raw.has_value()) return absl::StrCat(query.substr(0, 2), *reply.raw);
  // QR, RD; RA and the code.
  const uint32_t flags =
      0x8180u | (reply.truncated ? 0x0200u : 0u) | static_cast<uint32_t>(reply.rcode);
  std::string response = absl::StrCat(query.substr(0, 2), Number16(flags), Number16(1));
  absl::StrAppend(&response, Number16(static_cast<uint32_t>(reply.answers.size())),
                  std::string(4, '\0'));
  absl::StrAppend(&response, query.substr(kHeader, EndOfQuestion(query) - kHeader));
  for (const DnsRecord& record : reply.answers) {
    const std::string data = WireData(record);
    // Without a name of its own, a record answers the question (a pointer to it).
    const std::string name = record.name.empty() ? std::string("\xc0\x0c") : WireName(record.name);
    absl::StrAppend(&response, name, Number16(static_cast<uint32_t>(record.type)), Number16(1),
                    std::string("\0\0\0\x3c", 4), Number16(static_cast<uint32_t>(data.size())),
                    data);
  }
  return response;
}

}  // namespace streampair
