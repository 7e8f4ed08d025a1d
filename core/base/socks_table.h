#ifndef STREAMPAIR_CORE_BASE_SOCKS_TABLE_H_
#define STREAMPAIR_CORE_BASE_SOCKS_TABLE_H_

#include <cstdint>

#include "absl/types/span.h"
#include "core/base/error_table.h"
#include "core/base/reason.h"

namespace streampair {

// What to make of a number: why, and whether trying again may help.
struct SocksClass {
  Reason reason;
  bool retryable;
};

// One named number of the SOCKS domain.
struct SocksRow {
  ErrorRow name;
  SocksClass kind;
};

absl::Span<const SocksRow> SocksTable();  // By subdomain, then by code.

// Null if the table has no such row. A proxy may answer with any byte.
const SocksRow* FindSocksRow(uint16_t subdomain, int32_t code);

// What holds for the numbers of a subdomain that are not in the table.
SocksClass UnnamedSocks(uint16_t subdomain);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_BASE_SOCKS_TABLE_H_
