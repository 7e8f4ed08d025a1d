#ifndef STREAMPAIR_CORE_BASE_ERROR_ID_H_
#define STREAMPAIR_CORE_BASE_ERROR_ID_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace streampair {

// Numbered by the public contract (docs/errors.md), not by us, except for the last one.
// Append-only; a retired number keeps a tombstone line.
enum class ErrorDomain : int32_t {
  kCustom = -1,
  kPosix = 1,  // Code is a Linux errno.
  kMacOsStatus = 2,
  kSsl = 3,    // Code is a negative TLS number of the contract.
  kHttp = 4,   // What a proxy answered to CONNECT: its status, or -1.
  kSocks = 5,  // Subdomain names the exchange.
  kFtp = 6,
  kWinSock = 7,
  kNetServices = 10,
  kMach = 11,
  kNetDb = 12,  // Code is an EAI_ value or one of the h_errno family.
  kSystemConfiguration = 13,
  kStreampair = 1000,  // Ours: what the contract has no number for. See streampair_errors.h.
};

// "POSIX", "NetDB", ..., or "" for a number that is no domain (it may come off the wire).
absl::string_view DomainName(ErrorDomain domain);

// What happened, as the contract numbers it.
struct ErrorId {
  ErrorDomain domain;
  uint16_t subdomain;  // Zero outside SOCKS.
  int32_t code;        // With a zero subdomain never zero: that would mean "no error".

  // The one number that callers of the original API see: the subdomain in the upper half
  // and the code in the lower half where there are subdomains, else the code alone.
  int32_t packed() const;

  // "POSIX/111", "SOCKS/5/1": for logs.
  std::string ToString() const;

  friend bool operator==(const ErrorId&, const ErrorId&) = default;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_BASE_ERROR_ID_H_
