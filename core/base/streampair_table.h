#ifndef STREAMPAIR_CORE_BASE_STREAMPAIR_TABLE_H_
#define STREAMPAIR_CORE_BASE_STREAMPAIR_TABLE_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/base/reason.h"
#include "core/base/stage.h"
#include "core/base/streampair_errors.h"

namespace streampair {

// One row of our own error domain, as docs/errors.md shows it.
struct StreampairRow {
  StreampairCode code;
  absl::string_view symbol;  // Upper case with underscores: also the ErrorInfo reason.
  Stage stage;
  Reason reason;
  bool retryable;
  absl::string_view meaning;  // One short sentence with its full stop.
};

// All rows, in the order of the codes, which start at 1 without a gap.
absl::Span<const StreampairRow> StreampairTable();

}  // namespace streampair

#endif  // STREAMPAIR_CORE_BASE_STREAMPAIR_TABLE_H_
