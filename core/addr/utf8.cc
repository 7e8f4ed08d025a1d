#include "core/addr/utf8.h"

#include <cstddef>
#include <cstdint>

namespace streampair {
namespace {

struct Lead {
  size_t length;  // Of the whole character; 0: no character begins so.
  uint32_t bits;
  uint32_t least;  // What is below needs fewer bytes.
};

Lead ReadLead(uint8_t byte) {
  if (byte < 0x80) return {1, byte, 0};
  if (byte < 0xc0) return {0, 0, 0};
  if (byte < 0xe0) return {2, byte & 0x1fu, 0x80};
  if (byte < 0xf0) return {3, byte & 0x0fu, 0x800};
  if (byte < 0xf8) return {4, byte & 0x07u, 0x10000};
  return {0, 0, 0};
}

}  // namespace

bool IsUtf8(absl::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const Lead lead = ReadLead(static_cast<uint8_t>(text[at]));
    if (lead.length == 0 || lead.length > text.size() - at) return false;
    uint32_t code = lead.bits;
    for (size_t i = 1; i < lead.length; ++i) {
      const auto byte = static_cast<uint8_t>(text[at + i]);
      if ((byte & 0xc0) != 0x80) return false;
      code = code << 6 | (byte & 0x3fu);
    }
    if (code < lead.least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return false;
    at += lead.length;
  }
  return true;
}

}  // namespace streampair
