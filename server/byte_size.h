#ifndef STREAMPAIR_SERVER_BYTE_SIZE_H_
#define STREAMPAIR_SERVER_BYTE_SIZE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace streampair {

// A number of bytes as a flag: "262144", "256KiB", "64MiB", "1GiB".
struct ByteSize {
  uint64_t bytes = 0;
};

bool AbslParseFlag(absl::string_view text, ByteSize* size, std::string* error);
std::string AbslUnparseFlag(ByteSize size);  // With the largest unit that loses nothing.

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_BYTE_SIZE_H_
