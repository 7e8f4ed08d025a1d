#ifndef STREAMPAIR_CORE_BASE_CHECK_H_
#define STREAMPAIR_CORE_BASE_CHECK_H_

#include "absl/base/optimization.h"

namespace streampair {

// Prints where and what, then aborts. Called by SP_CHECK only.
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition);

}  // namespace streampair

// Aborts unless `condition` holds. For mistakes of our own (a broken precondition, an
// impossible state), never for what a peer, a caller or the system can cause: those are
// values of type Error. Evaluated in every build.
#define SP_CHECK(condition)                            \
  (ABSL_PREDICT_TRUE(condition) ? static_cast<void>(0) \
                                : ::streampair::CheckFailed(__FILE__, __LINE__, #condition))

#endif  // STREAMPAIR_CORE_BASE_CHECK_H_
