#include "core/base/socks_errors.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"
#include "core/base/socks_table.h"

namespace streampair {
namespace {

// The row's text without its full stop, behind `what`.
Error Make(SocksSubdomain subdomain, uint8_t code, std::string what, absl::string_view proxy,
           Stage stage = Stage::kProxy) {
  const auto number = static_cast<uint16_t>(subdomain);
  const SocksRow* row = FindSocksRow(number, code);
  const SocksClass kind = row != nullptr ? row->kind : UnnamedSocks(number);
  if (row != nullptr) {
    absl::string_view meaning = row->name.meaning;
    meaning.remove_suffix(1);
    absl::StrAppend(&what, ": ", meaning);
  }
  return Error(stage, {ErrorDomain::kSocks, number, code}, kind.reason, std::move(what))
      .WithRetryable(kind.retryable)
      .WithAddress(std::string(proxy));
}

}  // namespace

Error SocksBadReplyAddress(uint8_t type, absl::string_view proxy) {
  return Make(SocksSubdomain::kNone, 1, absl::StrCat("the SOCKS reply has address type ", type),
              proxy);
}

Error SocksBadState(absl::string_view proxy) {
  return Make(SocksSubdomain::kNone, 2, "SOCKS", proxy, Stage::kInternal);
}

Error SocksSetTooLate() {
  return Error(Stage::kRequest, {ErrorDomain::kSocks, 0, 2}, Reason::kHttpRequestError,
               "a SOCKS proxy can be set only before the pair is opened");
}

Error SocksUnknownClientVersion(int64_t version) {
  return Make(SocksSubdomain::kNone, 3, absl::StrCat("SOCKS version ", version), "",
              Stage::kRequest);
}

Error SocksVersionMismatch(uint8_t version, absl::string_view proxy) {
  return Make(SocksSubdomain::kVersionCode, version,
              absl::StrCat("the SOCKS proxy answered with version ", version), proxy);
}

Error Socks4Refused(uint8_t status, absl::string_view proxy) {
  return Make(SocksSubdomain::kSocks4Response, status,
              absl::StrCat("the SOCKS4 proxy refused with status ", status), proxy);
}

Error Socks5LoginRejected(uint8_t status, absl::string_view proxy) {
  return Make(SocksSubdomain::kSocks5UserPass, status,
              absl::StrCat("the SOCKS5 proxy rejected the login with status ", status), proxy);
}

Error Socks5NoMethod(uint8_t method, absl::string_view proxy) {
  return Make(SocksSubdomain::kSocks5Method, method,
              absl::StrCat("the SOCKS5 proxy chose authentication method ", method), proxy);
}

Error Socks5Refused(uint8_t reply, absl::string_view proxy) {
  SP_CHECK(reply != 0);
  return Make(SocksSubdomain::kSocks5Response, reply,
              absl::StrCat("the SOCKS5 proxy refused with reply ", reply), proxy);
}

}  // namespace streampair
