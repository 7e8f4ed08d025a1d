#ifndef STREAMPAIR_CORE_BASE_RENUMBERED_H_
#define STREAMPAIR_CORE_BASE_RENUMBERED_H_

#include "core/base/error_id.h"
#include "core/base/error_numbering.h"

namespace streampair {

// What `id`, in the numbers of Linux, is on another platform. Only the domains POSIX and NetDB
// differ between platforms; ids of the others come back as they are. Numbers are matched by their
// symbols. What the other platform has no symbol for becomes the nearest thing that it has, and
// failing that EIO on Darwin and EOTHER on Windows; a look-up's failure, EAI_FAIL. docs/errors.md
// lists those.
ErrorId Renumbered(const ErrorId& id, ErrorNumbering numbering);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_BASE_RENUMBERED_H_
