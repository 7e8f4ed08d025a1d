#ifndef STREAMPAIR_SERVER_CONFIG_CONFIG_FILE_H_
#define STREAMPAIR_SERVER_CONFIG_CONFIG_FILE_H_

#include <string>

#include "server/config/config_complaints.h"
#include "streampair/config/v1/config.pb.h"

namespace streampair {

constexpr size_t kMostConfigBytes = 16 << 20;

// Reads a configuration file by the end of its name: .yaml, .yml and .json as YAML, .textproto,
// .txtpb and .pbtxt as text-format Protobuf. Whatever is wrong with it becomes a complaint, and
// then `config` is of no use.
void ReadConfigFile(const std::string& path, ConfigComplaints& complaints,
                    config::v1::Config& config);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CONFIG_CONFIG_FILE_H_
