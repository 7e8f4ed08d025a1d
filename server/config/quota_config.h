#ifndef STREAMPAIR_SERVER_CONFIG_QUOTA_CONFIG_H_
#define STREAMPAIR_SERVER_CONFIG_QUOTA_CONFIG_H_

#include "core/quota/quota_limits.h"
#include "server/config/config_complaints.h"
#include "streampair/config/v1/config.pb.h"

namespace streampair {

// The limits that the file describes. Of no use, with complaints, if something in it cannot be
// meant.
QuotaRules QuotasFromConfig(const config::v1::Config& config, ConfigComplaints& complaints);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CONFIG_QUOTA_CONFIG_H_
