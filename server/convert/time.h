#ifndef STREAMPAIR_SERVER_CONVERT_TIME_H_
#define STREAMPAIR_SERVER_CONVERT_TIME_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "server/convert/request_check.h"

namespace streampair {

// The duration at `field`, from `least` to `most` inclusive; nothing and a refusal otherwise, also
// for a message that is no valid Duration (nanos out of range or of the other sign).
std::optional<absl::Duration> DurationFromProto(const google::protobuf::Duration& proto,
                                                absl::string_view field, absl::Duration least,
                                                absl::Duration most, RequestCheck& check);

google::protobuf::Duration DurationToProto(absl::Duration duration);
google::protobuf::Timestamp TimeToProto(absl::Time time);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CONVERT_TIME_H_
