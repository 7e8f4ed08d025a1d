#include "core/flow/send_credit.h"

#include "core/base/check.h"

namespace streampair {

SendCredit::SendCredit(size_t initial) : available_(initial) { SP_CHECK(initial <= kMax); }

SendCredit SendCredit::Unlimited() {
  SendCredit credit(kMax);
  credit.unlimited_ = true;
  return credit;
}

bool SendCredit::Grant(uint64_t bytes) {
  if (unlimited_) return true;
  if (bytes > kMax - available_) return false;
  available_ += bytes;
  return true;
}

void SendCredit::Take(size_t bytes) {
  SP_CHECK(bytes <= available_);
  if (!unlimited_) available_ -= bytes;
}

}  // namespace streampair
