#ifndef STREAMPAIR_CORE_FLOW_SEND_CREDIT_H_
#define STREAMPAIR_CORE_FLOW_SEND_CREDIT_H_

#include <cstddef>
#include <cstdint>

namespace streampair {

// How much may be sent before the receiver grants more: the sender's half of a channel's
// flow control in one direction. Pure. Thread-compatible.
class SendCredit {
 public:
  // More than this is never outstanding; a peer that grants beyond it is broken.
  static constexpr size_t kMax = (size_t{1} << 31) - 1;

  // Requires: initial <= kMax.
  explicit SendCredit(size_t initial);

  // For a peer that leaves flow control to the transport: always kMax available; grants
  // mean nothing and are accepted.
  static SendCredit Unlimited();

  size_t available() const { return available_; }
  bool unlimited() const { return unlimited_; }

  // False, and nothing changes, if the sum would pass kMax: the peer broke the protocol.
  [[nodiscard]] bool Grant(uint64_t bytes);

  // Requires: bytes <= available().
  void Take(size_t bytes);

 private:
  size_t available_;
  bool unlimited_ = false;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_FLOW_SEND_CREDIT_H_
