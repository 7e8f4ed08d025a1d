#ifndef STREAMPAIR_SERVER_CONFIG_RECORD_CONFIG_H_
#define STREAMPAIR_SERVER_CONFIG_RECORD_CONFIG_H_

#include <optional>

#include "server/config/config_complaints.h"
#include "server/config/record_settings.h"
#include "streampair/config/v1/config.pb.h"

namespace streampair {

// What the file says of it; nothing if it says nothing, or something that cannot be meant, which is
// complained of.
std::optional<RecordSettings> RecordFromConfig(const config::v1::Config& config,
                                               ConfigComplaints& complaints);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CONFIG_RECORD_CONFIG_H_
