#ifndef STREAMPAIR_CORE_FLOW_ADAPTIVE_SIZE_H_
#define STREAMPAIR_CORE_FLOW_ADAPTIVE_SIZE_H_

#include <cstddef>

namespace streampair {

// How large a buffer to offer to the next read: small for a pair that whispers, large for
// one that pours. Doubles after a read that filled the buffer, halves after one that used
// less than a quarter of it. Pure. A value.
class AdaptiveSize {
 public:
  static constexpr size_t kMin = size_t{16} << 10;
  static constexpr size_t kMax = size_t{256} << 10;

  size_t size() const { return size_; }

  // A read was offered size() bytes and used `bytes` of them.
  void OnRead(size_t bytes);

 private:
  size_t size_ = kMin;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_FLOW_ADAPTIVE_SIZE_H_
