#ifndef STREAMPAIR_SERVER_HANDLERS_PAGE_H_
#define STREAMPAIR_SERVER_HANDLERS_PAGE_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "server/convert/request_check.h"

namespace streampair {

// Which part of a list of pairs is asked for. A token is the serial number of the last pair shown,
// in hexadecimal.
struct Page {
  static constexpr size_t kChunk = 16;                  // Pairs taken from the registry at a time.
  static constexpr size_t kMaxBytes = size_t{2} << 20;  // Half of what clients take by default.

  uint64_t after = 0;
  size_t size = 0;

  // Refuses a size or token that cannot be meant.
  static Page Read(int32_t page_size, const std::string& page_token, RequestCheck& check);

  static std::string TokenOf(uint64_t serial);
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_HANDLERS_PAGE_H_
