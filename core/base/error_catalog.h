#ifndef STREAMPAIR_CORE_BASE_ERROR_CATALOG_H_
#define STREAMPAIR_CORE_BASE_ERROR_CATALOG_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "core/base/error_id.h"
#include "core/base/error_numbering.h"

namespace streampair {

// How people call an error number.
struct ErrorName {
  absl::string_view symbol;   // "ECONNREFUSED".
  absl::string_view meaning;  // One short sentence with its full stop.

  friend bool operator==(const ErrorName&, const ErrorName&) = default;
};

// The name of a number that we or the contract define, in the numbers of `numbering`; nothing for
// any other number. The texts live as long as the program. To add a domain, add a table (see
// error_table.h).
std::optional<ErrorName> LookUp(const ErrorId& id,
                                ErrorNumbering numbering = ErrorNumbering::kLinux);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_BASE_ERROR_CATALOG_H_
