#ifndef STREAMPAIR_CORE_ADDR_PORT_H_
#define STREAMPAIR_CORE_ADDR_PORT_H_

#include <compare>
#include <cstdint>

#include "core/base/result.h"

namespace streampair {

// The port of a target: 1 to 65535. A value.
class Port {
 public:
  // InvalidRequest if out of range. Takes any number that a message can hold, so that no
  // caller narrows first.
  static Result<Port> Make(int64_t number);

  uint16_t value() const { return value_; }

  friend constexpr auto operator<=>(const Port&, const Port&) = default;

 private:
  explicit Port(uint16_t value) : value_(value) {}
  uint16_t value_;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_ADDR_PORT_H_
