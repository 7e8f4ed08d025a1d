#ifndef STREAMPAIR_SERVER_HANDLERS_SERVICE_STATE_H_
#define STREAMPAIR_SERVER_HANDLERS_SERVICE_STATE_H_

#include "absl/time/time.h"
#include "core/pair/pair_registry.h"
#include "server/caller_gate.h"
#include "server/convert/spec.h"
#include "server/metrics/server_metrics.h"
#include "server/pair_log.h"
#include "server/policy/pair_judge.h"
#include "server/record/pair_record.h"
#include "server/request_ids.h"

namespace streampair {

// What all handlers share; everything outlives the calls.
struct ServiceState {
  PairRegistry& pairs;
  const SpecRules& rules;
  const PairJudge& judge;
  const CallerGate& gate;
  RequestIds& request_ids;
  PairLog& pair_log;
  ServerMetrics* metrics;   // Null: nobody wants them.
  PairRecord* record;       // Null: none is kept.
  absl::Duration end_wait;  // For a client's half-close, before a refusal cuts it short.
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_HANDLERS_SERVICE_STATE_H_
