#include "core/testing/open_descriptors.h"

#include <dirent.h>

#include "core/base/check.h"

namespace streampair {

size_t OpenDescriptors() {
  DIR* directory = ::opendir("/proc/self/fd");
  SP_CHECK(directory != nullptr);
  size_t count = 0;
  while (::readdir(directory) != nullptr) ++count;
  ::closedir(directory);
  return count - 3;  // ".", ".." and the directory itself.
}

}  // namespace streampair
