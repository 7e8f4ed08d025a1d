#include "core/resolve/family_answers.h"

#include <ares.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace streampair {
namespace {

// How much a failure leaves open. The highest of a lookup's failures is the one reported.
int Openness(int status) {
  switch (status) {
    case ARES_ENOTFOUND:
      return 0;
    case ARES_ENODATA:  // Above NXDOMAIN: a server that says both contradicts itself.
      return 1;
    case ARES_ECONNREFUSED:
      return 3;
    case ARES_ETIMEOUT:
      return 4;
    case ARES_ESERVFAIL:  // Above silence: it names the culprit.
      return 5;
    case ARES_ENOMEM:
      return 6;
    default:  // A refusal or nonsense.
      return 2;
  }
}

void AppendNew(std::vector<IpAddress>& addresses, const IpAddress& address) {
  if (std::find(addresses.begin(), addresses.end(), address) == addresses.end()) {
    addresses.push_back(address);
  }
}

}  // namespace

void FamilyAnswers::Add(CaresAnswer answer) {
  for (const IpAddress& address : answer.addresses) {
    AppendNew(address.is_v6() ? v6_ : v4_, address);
  }
  if (canonical_name_.empty()) canonical_name_ = std::move(answer.canonical_name);
  if (answer.status == ARES_SUCCESS) {
    ttl_ = std::min(ttl_, answer.ttl);
    return;
  }
  if (!failure_.has_value() || Openness(answer.status) > Openness(*failure_)) {
    failure_ = answer.status;
  }
}

Result<Resolution> FamilyAnswers::Take(absl::string_view name) {
  FamilyAnswers taken = std::exchange(*this, FamilyAnswers());
  if (!taken.HasAddresses()) return CaresError(taken.failure_.value_or(ARES_ETIMEOUT), name);
  Resolution resolution{std::move(taken.v6_), std::move(taken.canonical_name_), taken.ttl_};
  // Half an answer is not kept: what the other family has is still to be learnt.
  if (taken.failure_.has_value() && Openness(*taken.failure_) > Openness(ARES_ENODATA)) {
    resolution.ttl = absl::ZeroDuration();
  }
  std::move(taken.v4_.begin(), taken.v4_.end(), std::back_inserter(resolution.addresses));
  if (resolution.canonical_name.empty()) resolution.canonical_name = std::string(name);
  return resolution;
}

}  // namespace streampair
