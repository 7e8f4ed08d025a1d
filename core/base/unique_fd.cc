#include "core/base/unique_fd.h"

#include <unistd.h>

#include <cerrno>

#include "core/base/check.h"

namespace streampair {

void UniqueFd::Reset(int fd) {
  SP_CHECK(fd < 0 || fd != fd_);
  const int old = std::exchange(fd_, fd);
  if (old < 0) return;
  const int saved = errno;
  // Not repeated when interrupted: Linux has closed the descriptor all the same, and its
  // number may belong to another thread by now.
  close(old);
  errno = saved;
}

}  // namespace streampair
