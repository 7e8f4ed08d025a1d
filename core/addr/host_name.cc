#include "core/addr/host_name.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/addr/idna.h"
#include "core/base/netdb_errors.h"
#include "core/base/streampair_errors.h"

namespace streampair {
namespace {

constexpr size_t kMaxName = 253;
constexpr size_t kMaxLabel = 63;

// What the C library's inet_aton would take for a number, and a bare "0x".
bool IsNumber(absl::string_view label) {
  if (absl::StartsWith(label, "0x")) {
    label.remove_prefix(2);
    return std::all_of(label.begin(), label.end(), absl::ascii_isxdigit);
  }
  return std::all_of(label.begin(), label.end(), absl::ascii_isdigit);
}

bool IsAllowed(char c) { return absl::ascii_isalnum(c) || c == '-' || c == '_'; }

bool IsAscii(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), absl::ascii_isascii);
}

// No text here repeats what was given: it may be a secret that was put into the wrong field.
std::optional<Error> JudgeLabel(absl::string_view label, size_t number) {
  if (label.empty())
    return InvalidRequest(absl::StrCat("label ", number, " of the host name is empty"));
  if (label.size() > kMaxLabel) {
    return InvalidRequest(absl::StrCat("label ", number, " of the host name has ", label.size(),
                                       " bytes; the limit is ", kMaxLabel));
  }
  if (!std::all_of(label.begin(), label.end(), IsAllowed)) {
    return InvalidRequest(absl::StrCat("label ", number,
                                       " of the host name has a byte that is not ",
                                       "a letter, a digit, '-' or '_'"));
  }
  return std::nullopt;
}

}  // namespace

Result<HostName> HostName::Parse(absl::string_view text) {
  if (const size_t nul = text.find('\0'); nul != absl::string_view::npos) {
    return HostNameNotAscii(absl::StrCat("host name has a NUL at byte ", nul));
  }
  std::string ascii;
  if (!IsAscii(text)) {
    Result<std::string> encoded = ToAsciiName(text);
    if (!encoded.ok()) return std::move(encoded).error();
    ascii = *std::move(encoded);
    text = ascii;
  }
  const absl::string_view name = absl::StripSuffix(text, ".");
  if (name.empty()) return InvalidRequest("host name is empty");
  if (name.size() > kMaxName) {
    return InvalidRequest(
        absl::StrCat("host name has ", name.size(), " bytes; the limit is ", kMaxName));
  }

  HostName result(absl::AsciiStrToLower(name));
  bool only_numbers = true;
  size_t number = 0;
  for (const absl::string_view label : absl::StrSplit(result.name_, '.')) {
    if (std::optional<Error> error = JudgeLabel(label, ++number)) return *std::move(error);
    only_numbers = only_numbers && IsNumber(label);
  }
  if (only_numbers) {
    return InvalidRequest(
        "host is made only of numbers but is not an IPv4 address: four decimal numbers from 0 to "
        "255 without leading zeros are expected");
  }
  return result;
}

}  // namespace streampair
