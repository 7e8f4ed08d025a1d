#ifndef STREAMPAIR_BENCHMARKS_LOAD_WORK_H_
#define STREAMPAIR_BENCHMARKS_LOAD_WORK_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace streampair::bench {

// What a connection does. The first byte on it tells the target, so that the same work goes through
// every kind of proxy.
enum class Work : char {
  kDown = 'd',   // The target pours.
  kUp = 'u',     // The target swallows.
  kBoth = 'b',   // Both at once.
  kPing = 'e',   // The target sends back what comes; one message is under way at a time.
  kOpen = 'o',   // The target sends one byte; then both finish, and the next connection follows.
  kIdle = 'i',   // As kOpen, but nobody finishes.
  kStall = 's',  // The target pours, and the load reads nothing but one window.
};

// What one run of the load is.
struct Plan {
  Work work = Work::kDown;
  int connections = 1;  // At a time.
  size_t message = 256 << 10;
  int stalled = 0;     // Further connections that nobody reads.
  bool tls = false;    // Pairs speak TLS to the target, whoever it says it is.
  std::string target;  // "IP:PORT" of the target, as the proxy reaches it.
};

}  // namespace streampair::bench

#endif  // STREAMPAIR_BENCHMARKS_LOAD_WORK_H_
