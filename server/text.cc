#include "server/text.h"

#include <cstdint>

#include "core/base/check.h"

namespace streampair {
namespace {

// The length of the valid UTF-8 character that `text` begins with, 0 if it begins with none.
// Requires: not empty.
size_t CharacterLength(absl::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return 1;
  const size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  if (first == 0xe0 && byte(1) < 0xa0) return 0;   // Overlong.
  if (first == 0xed && byte(1) >= 0xa0) return 0;  // A surrogate.
  if (first == 0xf0 && byte(1) < 0x90) return 0;   // Overlong.
  if (first == 0xf4 && byte(1) >= 0x90) return 0;  // Above U+10FFFF.
  return length;
}

bool IsControl(char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; }

}  // namespace

std::string PresentableText(absl::string_view text, size_t limit) {
  SP_CHECK(limit >= 3);
  std::string shown;
  size_t kept = 0;  // Up to here "..." still fits behind it.
  while (!text.empty()) {
    const size_t length = CharacterLength(text);
    const bool bad = length == 0 || IsControl(text[0]);
    const absl::string_view piece = bad ? absl::string_view("?") : text.substr(0, length);
    if (shown.size() + piece.size() > limit) {
      shown.resize(kept);
      shown += "...";
      return shown;
    }
    shown.append(piece.data(), piece.size());
    if (shown.size() + 3 <= limit) kept = shown.size();
    text.remove_prefix(bad ? 1 : length);
  }
  return shown;
}

}  // namespace streampair
