#ifndef STREAMPAIR_CORE_FLOW_QUANTUM_H_
#define STREAMPAIR_CORE_FLOW_QUANTUM_H_

#include <cstddef>

namespace streampair {

// How many bytes one channel may put into the message that is being built, so that all
// ready channels find room in it: an equal share of kBatchBytes, but never so little that
// the cost per turn shows, nor so much that the others wait long. `ready_channels` may be
// 0, which counts as 1. Pure.
size_t Quantum(size_t ready_channels);

inline constexpr size_t kBatchBytes = size_t{512} << 10;
inline constexpr size_t kMinQuantum = size_t{16} << 10;
inline constexpr size_t kMaxQuantum = size_t{256} << 10;

}  // namespace streampair

#endif  // STREAMPAIR_CORE_FLOW_QUANTUM_H_
