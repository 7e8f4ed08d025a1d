#include "core/base/error_id.h"

#include "absl/strings/str_cat.h"

namespace streampair {

absl::string_view DomainName(ErrorDomain domain) {
  switch (domain) {
    case ErrorDomain::kCustom:
      return "Custom";
    case ErrorDomain::kPosix:
      return "POSIX";
    case ErrorDomain::kMacOsStatus:
      return "MacOSStatus";
    case ErrorDomain::kSsl:
      return "SSL";
    case ErrorDomain::kHttp:
      return "HTTP";
    case ErrorDomain::kSocks:
      return "SOCKS";
    case ErrorDomain::kFtp:
      return "FTP";
    case ErrorDomain::kWinSock:
      return "WinSock";
    case ErrorDomain::kNetServices:
      return "NetServices";
    case ErrorDomain::kMach:
      return "Mach";
    case ErrorDomain::kNetDb:
      return "NetDB";
    case ErrorDomain::kSystemConfiguration:
      return "SystemConfiguration";
    case ErrorDomain::kStreampair:
      return "Streampair";
  }
  return "";
}

int32_t ErrorId::packed() const {
  if (subdomain == 0 && domain != ErrorDomain::kSocks) return code;
  const uint32_t bits = (uint32_t{subdomain} << 16) | (static_cast<uint32_t>(code) & 0xffff);
  return static_cast<int32_t>(bits);
}

std::string ErrorId::ToString() const {
  const absl::string_view name = DomainName(domain);
  std::string text = name.empty() ? absl::StrCat(static_cast<int32_t>(domain)) : std::string(name);
  if (subdomain != 0 || domain == ErrorDomain::kSocks) absl::StrAppend(&text, "/", subdomain);
  absl::StrAppend(&text, "/", code);
  return text;
}

}  // namespace streampair
