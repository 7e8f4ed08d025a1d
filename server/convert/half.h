#ifndef STREAMPAIR_SERVER_CONVERT_HALF_H_
#define STREAMPAIR_SERVER_CONVERT_HALF_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "core/pair/half.h"
#include "server/convert/request_check.h"
#include "streampair/v1/stream_pair.pb.h"

namespace streampair {

// The halves that `field` names; UNSPECIFIED means `all`. Nothing and a refusal for a value that is
// not in the enum.
std::optional<Halves> HalvesFromProto(v1::Half half, absl::string_view field, Halves all,
                                      RequestCheck& check);

v1::Half HalvesToProto(Halves halves);
v1::StreamStatus StatusToProto(HalfStatus status);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CONVERT_HALF_H_
