#ifndef STREAMPAIR_CORE_BASE_HTTP_TABLE_H_
#define STREAMPAIR_CORE_BASE_HTTP_TABLE_H_

#include <cstdint>

#include "absl/types/span.h"
#include "core/base/error_table.h"
#include "core/base/reason.h"

namespace streampair {

struct HttpClass {
  Reason reason;
  bool retryable;
};

// One named number of the HTTP domain: -1, or a status that a proxy may answer CONNECT with.
struct HttpRow {
  ErrorRow name;
  HttpClass kind;
};

absl::Span<const HttpRow> HttpTable();

// Null if the table has no such row.
const HttpRow* FindHttpRow(int32_t code);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_BASE_HTTP_TABLE_H_
