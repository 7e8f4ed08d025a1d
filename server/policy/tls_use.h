#ifndef STREAMPAIR_SERVER_POLICY_TLS_USE_H_
#define STREAMPAIR_SERVER_POLICY_TLS_USE_H_

#include "core/pair/pair_options.h"
#include "core/pair/pair_spec.h"
#include "core/policy/rule.h"

namespace streampair {

// What a policy wants to know of a pair's TLS.
struct TlsUse {
  TlsStrength strength = TlsStrength::kClear;
  LaxTlsSet lax = 0;
};

// Of the pair as its options have it now. Whatever makes a peer be believed with less than the
// server's own roots, the target's own name and valid certificates takes kVerified away.
TlsUse TlsUseOf(const PairSpec& spec, const PairOptions& options);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_POLICY_TLS_USE_H_
