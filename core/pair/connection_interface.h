#ifndef STREAMPAIR_CORE_PAIR_CONNECTION_INTERFACE_H_
#define STREAMPAIR_CORE_PAIR_CONNECTION_INTERFACE_H_

#include "core/pair/pair_snapshot.h"

namespace streampair {

// Whether packets to the pair's peer, or to its first proxy, leave by a mobile network's interface
// now; asked of the kernel. False without a connection, and where the kernel does not tell.
bool IsCellular(const PairSnapshot& snapshot);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_PAIR_CONNECTION_INTERFACE_H_
