#ifndef STREAMPAIR_CORE_RESOLVE_CARES_HANDLE_H_
#define STREAMPAIR_CORE_RESOLVE_CARES_HANDLE_H_

#include <memory>

#include "core/base/result.h"

struct ares_channeldata;
struct ares_options;

namespace streampair {

struct CaresDestroyer {
  void operator()(ares_channeldata* channel) const;
};

// Owns an ares_channel. Destroying it calls the callbacks of all its queries with
// ARES_EDESTRUCTION.
using CaresHandle = std::unique_ptr<ares_channeldata, CaresDestroyer>;

// Starts a channel with `options`, of which `mask` says what is set, and in any case one that takes
// names as they stand: no search list, no aliases, and nothing about either from the environment.
// InternalFault if c-ares refuses.
Result<CaresHandle> OpenCares(ares_options options, int mask);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_RESOLVE_CARES_HANDLE_H_
