#ifndef STREAMPAIR_SERVER_CONVERT_LOCAL_ADDRESS_H_
#define STREAMPAIR_SERVER_CONVERT_LOCAL_ADDRESS_H_

#include <optional>
#include <string>

#include "core/dial/dial_options.h"
#include "server/convert/request_check.h"
#include "streampair/v1/property.pb.h"

namespace streampair {

// Where a pair connects from. Whether the machine has such an address or interface shows only when
// it is used.
void ApplyLocalAddress(const v1::LocalAddress& proto, const std::string& field, RequestCheck& check,
                       SourceOptions& source);

// Nothing if the kernel is to choose everything.
std::optional<v1::LocalAddress> LocalAddressToProto(const SourceOptions& source);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CONVERT_LOCAL_ADDRESS_H_
