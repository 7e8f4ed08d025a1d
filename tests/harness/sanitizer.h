#ifndef STREAMPAIR_TESTS_HARNESS_SANITIZER_H_
#define STREAMPAIR_TESTS_HARNESS_SANITIZER_H_

#include <cstdlib>

namespace streampair::testing {

// Whether the server and the test run under a sanitizer, which takes more time and memory. The
// configuration sets the variable for each test.
inline bool UnderSanitizer() { return std::getenv("ASAN_OPTIONS") != nullptr; }

}  // namespace streampair::testing

#endif  // STREAMPAIR_TESTS_HARNESS_SANITIZER_H_
