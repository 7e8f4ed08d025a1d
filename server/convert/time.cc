#include "server/convert/time.h"

#include <cstdint>
#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace streampair {
namespace {

constexpr int64_t kMaxSeconds = 315576000000;  // What duration.proto allows.
constexpr int32_t kNanosPerSecond = 1000000000;

bool IsValid(const google::protobuf::Duration& proto) {
  if (proto.seconds() > kMaxSeconds || proto.seconds() < -kMaxSeconds) return false;
  if (proto.nanos() <= -kNanosPerSecond || proto.nanos() >= kNanosPerSecond) return false;
  return !(proto.seconds() > 0 && proto.nanos() < 0) && !(proto.seconds() < 0 && proto.nanos() > 0);
}

std::string Limits(absl::Duration least, absl::Duration most) {
  if (most == absl::InfiniteDuration()) {
    return absl::StrCat("must be at least ", absl::FormatDuration(least));
  }
  return absl::StrCat("must be ", absl::FormatDuration(least), " to ", absl::FormatDuration(most));
}

}  // namespace

std::optional<absl::Duration> DurationFromProto(const google::protobuf::Duration& proto,
                                                absl::string_view field, absl::Duration least,
                                                absl::Duration most, RequestCheck& check) {
  if (!IsValid(proto)) {
    check.Refuse(field, "is no valid Duration: see duration.proto");
    return std::nullopt;
  }
  const absl::Duration duration = absl::Seconds(proto.seconds()) + absl::Nanoseconds(proto.nanos());
  if (duration < least || duration > most) {
    check.Refuse(field, absl::StrCat(Limits(least, most), ", is ", absl::FormatDuration(duration)));
    return std::nullopt;
  }
  return duration;
}

google::protobuf::Duration DurationToProto(absl::Duration duration) {
  google::protobuf::Duration proto;
  absl::Duration rest;
  proto.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &rest));
  proto.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  return proto;
}

google::protobuf::Timestamp TimeToProto(absl::Time time) {
  google::protobuf::Timestamp proto;
  const int64_t seconds = absl::ToUnixSeconds(time);  // Rounds down, also before 1970.
  proto.set_seconds(seconds);
  proto.set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return proto;
}

}  // namespace streampair
