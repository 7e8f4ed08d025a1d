#ifndef STREAMPAIR_SERVER_LIMITS_H_
#define STREAMPAIR_SERVER_LIMITS_H_

#include <cstddef>
#include <string>

#include "absl/strings/str_cat.h"

namespace streampair {

// The largest message that the server takes. A larger one is refused with a StreamError...
inline constexpr size_t kMaxMessageBytes = 4 << 20;

// ...up to this size; beyond it gRPC itself refuses, without details.
inline constexpr size_t kMaxTransportMessageBytes = 8 << 20;

inline std::string TooLargeText(size_t size) {
  return absl::StrCat("a message may have ", kMaxMessageBytes, " bytes, this one has ", size);
}

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_LIMITS_H_
