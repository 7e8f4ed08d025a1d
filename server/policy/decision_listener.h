#ifndef STREAMPAIR_SERVER_POLICY_DECISION_LISTENER_H_
#define STREAMPAIR_SERVER_POLICY_DECISION_LISTENER_H_

#include "core/policy/policy.h"

namespace streampair {

// Told of every binding decision about a connection. Thread-safe.
class DecisionListener {
 public:
  virtual ~DecisionListener() = default;
  virtual void OnDecision(const PolicyDecision& decision) = 0;
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_POLICY_DECISION_LISTENER_H_
