#ifndef STREAMPAIR_CORE_ADDR_UTF8_H_
#define STREAMPAIR_CORE_ADDR_UTF8_H_

#include "absl/strings/string_view.h"

namespace streampair {

// Whether `text` is UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above
// U+10FFFF.
bool IsUtf8(absl::string_view text);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_ADDR_UTF8_H_
