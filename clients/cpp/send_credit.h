#ifndef STREAMPAIR_CLIENTS_CPP_SEND_CREDIT_H_
#define STREAMPAIR_CLIENTS_CPP_SEND_CREDIT_H_

#include <cstddef>
#include <cstdint>

namespace streampair::client {

// What may be sent on a channel before the server grants more. Pure. Thread-compatible.
class SendCredit {
 public:
  // More than this is never outstanding (frame.proto, Window).
  static constexpr uint64_t kMax = (uint64_t{1} << 31) - 1;
  // What may be sent before the server has said its window (frame.proto, Attach).
  static constexpr uint64_t kBeforeAttached = uint64_t{64} << 10;

  uint64_t available() const { return available_; }

  // False, and nothing changes, if the sum would pass kMax.
  [[nodiscard]] bool Grant(uint64_t bytes) {
    if (bytes > kMax - available_) return false;
    available_ += bytes;
    return true;
  }

  // Requires: bytes <= available().
  void Take(uint64_t bytes) { available_ -= bytes; }

 private:
  uint64_t available_ = kBeforeAttached;
};

}  // namespace streampair::client

#endif  // STREAMPAIR_CLIENTS_CPP_SEND_CREDIT_H_
