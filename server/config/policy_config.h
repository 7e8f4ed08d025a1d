#ifndef STREAMPAIR_SERVER_CONFIG_POLICY_CONFIG_H_
#define STREAMPAIR_SERVER_CONFIG_POLICY_CONFIG_H_

#include <memory>

#include "core/policy/policy.h"
#include "server/config/config_complaints.h"
#include "streampair/config/v1/config.pb.h"

namespace streampair {

// The policy that the file describes, with `own_listeners` added to it. Null, with complaints, if
// there is none or something in it cannot be meant.
std::shared_ptr<const Policy> PolicyFromConfig(const config::v1::Config& config,
                                               std::vector<Endpoint> own_listeners,
                                               ConfigComplaints& complaints);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CONFIG_POLICY_CONFIG_H_
