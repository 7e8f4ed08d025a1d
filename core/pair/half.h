#ifndef STREAMPAIR_CORE_PAIR_HALF_H_
#define STREAMPAIR_CORE_PAIR_HALF_H_

#include <cstdint>

namespace streampair {

// Which halves of a pair: a set of two. kNone is no valid request.
enum class Halves : uint8_t { kNone = 0, kRead = 1, kWrite = 2, kBoth = 3 };

constexpr bool HasRead(Halves halves) { return (static_cast<uint8_t>(halves) & 1) != 0; }
constexpr bool HasWrite(Halves halves) { return (static_cast<uint8_t>(halves) & 2) != 0; }
constexpr Halves operator&(Halves a, Halves b) {
  return static_cast<Halves>(static_cast<uint8_t>(a) & static_cast<uint8_t>(b));
}
constexpr Halves operator|(Halves a, Halves b) {
  return static_cast<Halves>(static_cast<uint8_t>(a) | static_cast<uint8_t>(b));
}
// Whether `all` contains every half of `some`.
constexpr bool Contains(Halves all, Halves some) { return (all & some) == some; }

// The state of one half: the original's CFStreamStatus. kError and kClosed are final; an error
// stays an error when the half is closed.
enum class HalfStatus : uint8_t {
  kAbsent,
  kNotOpen,
  kOpening,
  kOpen,
  kReading,
  kWriting,
  kAtEnd,
  kClosed,
  kError
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_PAIR_HALF_H_
