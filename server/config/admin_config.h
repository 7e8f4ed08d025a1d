#ifndef STREAMPAIR_SERVER_CONFIG_ADMIN_CONFIG_H_
#define STREAMPAIR_SERVER_CONFIG_ADMIN_CONFIG_H_

#include <optional>
#include <string>
#include <vector>

#include "core/policy/principal_pattern.h"
#include "server/config/config_complaints.h"
#include "streampair/config/v1/config.pb.h"

namespace streampair {

// Where operators are served, and who of them.
struct AdminSettings {
  std::vector<std::string> listen = {};  // Not yet looked at, but never empty.

  // PEM files; the first two empty: in clear.
  std::string cert = "";
  std::string key = "";
  std::string client_ca = "";
  std::string crl = "";

  std::vector<PrincipalPattern> principals = {};  // Empty: everyone.
};

// What the file says of it; nothing if it says nothing, or something that cannot be meant, which is
// complained of.
std::optional<AdminSettings> AdminFromConfig(const config::v1::Config& config,
                                             ConfigComplaints& complaints);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CONFIG_ADMIN_CONFIG_H_
