#ifndef STREAMPAIR_SERVER_CONVERT_CONNECT_STRATEGY_H_
#define STREAMPAIR_SERVER_CONVERT_CONNECT_STRATEGY_H_

#include <string>

#include "core/dial/dial_options.h"
#include "server/convert/request_check.h"
#include "streampair/v1/property.pb.h"

namespace streampair {

// In which way a pair's addresses are tried; what the message leaves out comes from `defaults`.
void ApplyConnectStrategy(const v1::ConnectStrategy& proto, const std::string& field,
                          const DialOptions& defaults, RequestCheck& check, DialOptions& options);

void ResetConnectStrategy(const DialOptions& defaults, DialOptions& options);

v1::ConnectStrategy ConnectStrategyToProto(const DialOptions& options);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CONVERT_CONNECT_STRATEGY_H_
