#include "core/pair/connection_interface.h"

#include "core/net/net_interface.h"

namespace streampair {

bool IsCellular(const PairSnapshot& snapshot) {
  if (!snapshot.dial.remote || !snapshot.dial.local || snapshot.released) return false;
  const Result<NetInterface> leaves_by =
      InterfaceTowards(snapshot.dial.remote->address, snapshot.dial.local->address);
  return leaves_by.ok() && leaves_by->cellular;
}

}  // namespace streampair
