#ifndef STREAMPAIR_CORE_TESTING_OPEN_DESCRIPTORS_H_
#define STREAMPAIR_CORE_TESTING_OPEN_DESCRIPTORS_H_

#include <cstddef>

namespace streampair {

// How many descriptors this process has open, by /proc/self/fd. To see that nothing leaks: count
// before, count after.
size_t OpenDescriptors();

}  // namespace streampair

#endif  // STREAMPAIR_CORE_TESTING_OPEN_DESCRIPTORS_H_
