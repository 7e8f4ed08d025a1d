#include "clients/cli/error_numbers.h"

#include <netdb.h>
#include <string.h>

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "clients/cpp/stream_error.h"
#include "streampair/v1/error.pb.h"

namespace streampair::cli {
namespace {

struct Named {
  const char* name;
  int32_t code;
};

// getaddrinfo's codes, and the one of gethostbyname that the contract names. The numbers are
// Linux's, as the server's.
constexpr Named kNetDb[] = {
    {"HOST_NOT_FOUND", 1},          {"EAI_BADFLAGS", EAI_BADFLAGS}, {"EAI_NONAME", EAI_NONAME},
    {"EAI_AGAIN", EAI_AGAIN},       {"EAI_FAIL", EAI_FAIL},         {"EAI_FAMILY", EAI_FAMILY},
    {"EAI_SOCKTYPE", EAI_SOCKTYPE}, {"EAI_SERVICE", EAI_SERVICE},   {"EAI_MEMORY", EAI_MEMORY},
    {"EAI_SYSTEM", EAI_SYSTEM},     {"EAI_OVERFLOW", EAI_OVERFLOW}, {"EAI_NODATA", -5},
    {"EAI_ADDRFAMILY", -9},
};

constexpr int kLastErrno = 133;

std::string Folded(absl::string_view name) {
  return absl::AsciiStrToLower(absl::StrReplaceAll(name, {{"_", ""}}));
}

}  // namespace

std::optional<int32_t> ParseDomain(absl::string_view text) {
  int32_t number = 0;
  if (absl::SimpleAtoi(text, &number)) return number;
  std::string wanted = Folded(text);
  wanted = std::string(absl::StripPrefix(wanted, "kcfstreamerrordomain"));
  const auto* domains = v1::ErrorDomain_descriptor();
  for (int i = 0; i < domains->value_count(); ++i) {
    const int32_t domain = domains->value(i)->number();
    if (domain != 0 && Folded(client::DomainText(domain)) == wanted) return domain;
  }
  return std::nullopt;
}

std::optional<int32_t> ParseCode(int32_t domain, absl::string_view text) {
  int32_t number = 0;
  if (absl::SimpleAtoi(text, &number)) return number;
  const std::string name = absl::AsciiStrToUpper(text);
  if (domain == v1::ERROR_DOMAIN_POSIX) {
    for (int code = 1; code <= kLastErrno; ++code) {
      const char* const symbol = strerrorname_np(code);
      if (symbol != nullptr && name == symbol) return code;
    }
  }
  if (domain == v1::ERROR_DOMAIN_NET_DB) {
    for (const Named& row : kNetDb) {
      if (name == row.name) return row.code;
    }
  }
  v1::StreampairCode code;
  if (domain == v1::ERROR_DOMAIN_STREAMPAIR &&
      v1::StreampairCode_Parse(absl::StrCat("STREAMPAIR_CODE_", name), &code)) {
    return code;
  }
  return std::nullopt;
}

std::string DomainNames() {
  std::vector<std::string> names;
  const auto* domains = v1::ErrorDomain_descriptor();
  for (int i = 0; i < domains->value_count(); ++i) {
    if (domains->value(i)->number() == 0) continue;
    names.push_back(client::DomainText(domains->value(i)->number()));
  }
  return absl::StrJoin(names, ", ");
}

}  // namespace streampair::cli
