#ifndef STREAMPAIR_CORE_BASE_ERROR_TABLE_H_
#define STREAMPAIR_CORE_BASE_ERROR_TABLE_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace streampair {

// One named number of a domain. The tables are constant data; each is defined in a file
// of its own and known to error_catalog.cc, which is where a new one is added.
struct ErrorRow {
  uint16_t subdomain;  // Zero outside SOCKS.
  int32_t code;
  absl::string_view symbol;
  absl::string_view meaning;  // One short sentence with its full stop.
};

absl::Span<const ErrorRow> PosixTable();        // posix_table.cc: every errno of Linux.
absl::Span<const ErrorRow> NetDbTable();        // netdb_table.cc: EAI_ and the h_errno family.
absl::Span<const ErrorRow> NetServicesTable();  // net_services_table.cc.

// What other platforms call POSIX and NetDB (error_numbering.h): darwin_table.cc, windows_table.cc.
absl::Span<const ErrorRow> DarwinTable();
absl::Span<const ErrorRow> DarwinNetDbTable();
absl::Span<const ErrorRow> WindowsTable();
absl::Span<const ErrorRow> WindowsNetDbTable();
absl::Span<const ErrorRow> WinSockTable();

}  // namespace streampair

#endif  // STREAMPAIR_CORE_BASE_ERROR_TABLE_H_
