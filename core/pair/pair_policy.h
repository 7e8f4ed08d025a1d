#ifndef STREAMPAIR_CORE_PAIR_PAIR_POLICY_H_
#define STREAMPAIR_CORE_PAIR_PAIR_POLICY_H_

#include <memory>
#include <string>

#include "core/dial/dial_policy.h"
#include "core/pair/pair_options.h"
#include "core/pair/pair_spec.h"

namespace streampair {

// Says who judges what a pair dials. Thread-safe.
class PairPolicy {
 public:
  virtual ~PairPolicy() = default;

  // One for the target, one for the proxies on the way to it; neither is null.
  struct Judges {
    std::shared_ptr<const DialPolicy> target;
    std::shared_ptr<const DialPolicy> proxies;
  };

  // For one opening of the pair `name` of `principal`, with the options that it will be opened
  // with.
  virtual Judges JudgesFor(const std::string& name, const std::string& principal,
                           const PairSpec& spec, const PairOptions& options) const = 0;
};

}  // namespace streampair

#endif  // STREAMPAIR_CORE_PAIR_PAIR_POLICY_H_
