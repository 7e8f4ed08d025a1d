#ifndef STREAMPAIR_CORE_BASE_ERROR_NUMBERING_H_
#define STREAMPAIR_CORE_BASE_ERROR_NUMBERING_H_

#include <cstdint>

namespace streampair {

// The platform whose numbers stand for what the system and its resolver say. Inside, errors have
// those of Linux; a pair's errors are shown by the numbering that its owner asked for.
enum class ErrorNumbering : uint8_t {
  kLinux,
  kDarwin,
  kWindows,  // Errors of sockets are of the domain WinSock; others, such as ENOMEM, stay POSIX.
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_BASE_ERROR_NUMBERING_H_
