#include "core/flow/quantum.h"

#include <algorithm>

namespace streampair {

size_t Quantum(size_t ready_channels) {
  const size_t share = kBatchBytes / std::max<size_t>(ready_channels, 1);
  return std::clamp(share, kMinQuantum, kMaxQuantum);
}

}  // namespace streampair
