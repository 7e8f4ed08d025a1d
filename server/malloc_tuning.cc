#include "server/malloc_tuning.h"

#include <malloc.h>

namespace streampair {

void TuneMalloc() {
  mallopt(M_MMAP_THRESHOLD, 64 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
  mallopt(M_TOP_PAD, 4 << 20);
  mallopt(M_ARENA_MAX, 1);
}

}  // namespace streampair
