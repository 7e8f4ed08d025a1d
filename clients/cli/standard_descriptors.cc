// Sees to it that descriptors 0 to 2 are open before anything else happens. If one were closed, as
// daemons and some shells leave them, the first descriptor that anybody opens would get its number,
// and the payload would go there. gRPC opens one while its library is being loaded, long before
// main; hence this place, the earliest that a program has.
#include <fcntl.h>
#include <unistd.h>

namespace {

void FillStandardDescriptors() {
  for (;;) {
    const int fd = open("/dev/null", O_RDWR);
    if (fd > STDERR_FILENO) close(fd);
    if (fd < 0 || fd > STDERR_FILENO) return;
  }
}

__attribute__((section(".preinit_array"),
               used)) void (*const fill_standard_descriptors)() = &FillStandardDescriptors;

}  // namespace
