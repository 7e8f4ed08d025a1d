#ifndef STREAMPAIR_CORE_PAIR_PAIR_OPTIONS_H_
#define STREAMPAIR_CORE_PAIR_PAIR_OPTIONS_H_

#include "core/dial/dial_options.h"

namespace streampair {

// What the properties of a pair set: how it is connected and what is agreed upon before bytes flow.
// Every pair has one, so what most pairs lack is held by pointer.
struct PairOptions {
  DialOptions dial;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_PAIR_PAIR_OPTIONS_H_
