#ifndef STREAMPAIR_CORE_RESOLVE_SRV_ORDER_H_
#define STREAMPAIR_CORE_RESOLVE_SRV_ORDER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/random/bit_gen_ref.h"

namespace streampair {

// One SRV record (RFC 2782).
struct SrvRecord {
  uint16_t priority = 0;
  uint16_t weight = 0;
  uint16_t port = 0;
  std::string target;  // Empty: the root, "the service is decidedly not available".

  friend bool operator==(const SrvRecord&, const SrvRecord&) = default;
};

// Puts records into the order in which to try them: lower priorities first, and within one priority
// at random by weight, as RFC 2782 has it: the first of the order is a record with the probability
// of its share of the weights, and one of weight 0 has a small chance. Pure but for `random`.
void OrderByRfc2782(std::vector<SrvRecord>& records, absl::BitGenRef random);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_RESOLVE_SRV_ORDER_H_
