#ifndef STREAMPAIR_CORE_BASE_SSL_TABLE_H_
#define STREAMPAIR_CORE_BASE_SSL_TABLE_H_

#include "absl/types/span.h"
#include "core/base/error_table.h"
#include "core/base/reason.h"

namespace streampair {

// One row of the SSL domain.
struct SslRow {
  ErrorRow name;
  Reason reason;
  bool retryable;  // Before the pair is open.
};

// Every number of the domain, from -9800 downwards.
absl::Span<const SslRow> SslTable();

}  // namespace streampair

#endif  // STREAMPAIR_CORE_BASE_SSL_TABLE_H_
