#ifndef STREAMPAIR_SERVER_ADMIN_ADMIN_STATE_H_
#define STREAMPAIR_SERVER_ADMIN_ADMIN_STATE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/pair/pair_registry.h"
#include "core/policy/principal_pattern.h"
#include "server/config/running_config.h"
#include "server/log.h"

namespace streampair {

// What became of a reload.
struct ReloadOutcome {
  bool loaded = false;
  uint64_t generation = 0;  // Of the policy in force.
  std::vector<std::string> complaints = {};
};

// What the operators' calls share; everything outlives the calls.
struct AdminState {
  PairRegistry& pairs;
  const RunningConfig& config;
  std::string config_file;
  std::vector<PrincipalPattern> principals;  // Empty: everyone is served.
  Log& log;
  std::function<ReloadOutcome()> reload;  // What SIGHUP does. Thread-safe; may take a while.
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_ADMIN_ADMIN_STATE_H_
