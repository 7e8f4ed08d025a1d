#ifndef STREAMPAIR_SERVER_TEXT_H_
#define STREAMPAIR_SERVER_TEXT_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace streampair {

// `text` as people may see it: control characters and bytes that are not UTF-8 become '?', and what
// is longer than `limit` bytes is cut at a character's edge and ends in "...". Never longer than
// `limit`. Requires: limit >= 3.
std::string PresentableText(absl::string_view text, size_t limit);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_TEXT_H_
