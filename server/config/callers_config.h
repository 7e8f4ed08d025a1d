#ifndef STREAMPAIR_SERVER_CONFIG_CALLERS_CONFIG_H_
#define STREAMPAIR_SERVER_CONFIG_CALLERS_CONFIG_H_

#include <memory>

#include "server/callers/known_callers.h"
#include "server/config/config_complaints.h"
#include "streampair/config/v1/config.pb.h"

namespace streampair {

// Whose tokens are good, with the files that `config` names. Null if it says nothing of that, or
// something is wrong with it, which is complained of.
std::shared_ptr<const KnownCallers> CallersFromConfig(const config::v1::Config& config,
                                                      ConfigComplaints& complaints);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CONFIG_CALLERS_CONFIG_H_
