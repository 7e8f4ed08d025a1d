#ifndef STREAMPAIR_SERVER_CONFIG_YAML_CONFIG_H_
#define STREAMPAIR_SERVER_CONFIG_YAML_CONFIG_H_

#include <string>

#include "google/protobuf/message.h"
#include "server/config/config_complaints.h"

namespace streampair {

// Reads YAML 1.2, and so JSON, into `message` by its field names. Unknown and repeated keys, values
// of another type, numbers out of range and unknown enum names are complaints; so is a document of
// more than four million values, which a small file can describe by aliases. The place of every
// field is noted in `complaints`.
void ReadYaml(const std::string& text, ConfigComplaints& complaints,
              google::protobuf::Message& message);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CONFIG_YAML_CONFIG_H_
