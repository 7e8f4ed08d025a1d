#include "core/resolve/cares_handle.h"

#include <ares.h>

#include "absl/strings/str_cat.h"
#include "core/base/streampair_errors.h"

namespace streampair {

void CaresDestroyer::operator()(ares_channeldata* channel) const { ares_destroy(channel); }

Result<CaresHandle> OpenCares(ares_options options, int mask) {
  // Once per process, and for good: c-ares keeps nothing that would be worth giving back.
  static const int library_status = ares_library_init(ARES_LIB_INIT_ALL);
  if (library_status != ARES_SUCCESS) {
    return InternalFault(absl::StrCat("c-ares: ", ares_strerror(library_status)));
  }

  if ((mask & ARES_OPT_FLAGS) == 0) options.flags = 0;
  options.flags |= ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
  // ares_getaddrinfo of 1.18 looks at the list and the dots only, not at ARES_FLAG_NOSEARCH.
  options.domains = nullptr;
  options.ndomains = 0;
  options.ndots = 0;
  mask |= ARES_OPT_FLAGS | ARES_OPT_DOMAINS | ARES_OPT_NDOTS;

  ares_channel channel = nullptr;
  const int status = ares_init_options(&channel, &options, mask);
  if (status != ARES_SUCCESS) return InternalFault(absl::StrCat("c-ares: ", ares_strerror(status)));
  return CaresHandle(channel);
}

}  // namespace streampair
