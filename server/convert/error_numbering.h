#ifndef STREAMPAIR_SERVER_CONVERT_ERROR_NUMBERING_H_
#define STREAMPAIR_SERVER_CONVERT_ERROR_NUMBERING_H_

#include <string>

#include "core/base/error_numbering.h"
#include "server/convert/request_check.h"
#include "streampair/v1/property.pb.h"

namespace streampair {

// Sets `numbering`, or refuses a value that is not of the enum. Not given means Linux.
void ErrorNumberingFromProto(v1::ErrorNumbering proto, const std::string& field,
                             RequestCheck& check, ErrorNumbering& numbering);
v1::ErrorNumbering ErrorNumberingToProto(ErrorNumbering numbering);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CONVERT_ERROR_NUMBERING_H_
