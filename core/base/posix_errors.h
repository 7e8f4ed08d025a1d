#ifndef STREAMPAIR_CORE_BASE_POSIX_ERRORS_H_
#define STREAMPAIR_CORE_BASE_POSIX_ERRORS_H_

#include <string>

#include "core/base/error.h"

namespace streampair {

// (POSIX, 0, err): a system call failed with `err` while `what` was being done ("connect",
// "read from the target"). The reason and whether a retry can help follow from `err` and
// the stage by the table in posix_errors.cc. The text is `what`, the symbol and the
// meaning. Requires: err > 0.
Error PosixError(Stage stage, int err, std::string what);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_BASE_POSIX_ERRORS_H_
