#include "server/convert/half.h"

#include "absl/strings/str_cat.h"

namespace streampair {

std::optional<Halves> HalvesFromProto(v1::Half half, absl::string_view field, Halves all,
                                      RequestCheck& check) {
  switch (half) {
    case v1::HALF_UNSPECIFIED:
      return all;
    case v1::HALF_READ:
      return Halves::kRead;
    case v1::HALF_WRITE:
      return Halves::kWrite;
    case v1::HALF_BOTH:
      return Halves::kBoth;
    default:
      check.Refuse(field, absl::StrCat("unknown value ", static_cast<int>(half)));
      return std::nullopt;
  }
}

v1::Half HalvesToProto(Halves halves) {
  switch (halves) {
    case Halves::kNone:
      return v1::HALF_UNSPECIFIED;
    case Halves::kRead:
      return v1::HALF_READ;
    case Halves::kWrite:
      return v1::HALF_WRITE;
    case Halves::kBoth:
      return v1::HALF_BOTH;
  }
  return v1::HALF_UNSPECIFIED;  // Not reached: the switch is complete.
}

v1::StreamStatus StatusToProto(HalfStatus status) {
  switch (status) {
    case HalfStatus::kAbsent:
      return v1::STREAM_STATUS_UNSPECIFIED;
    case HalfStatus::kNotOpen:
      return v1::STREAM_STATUS_NOT_OPEN;
    case HalfStatus::kOpening:
      return v1::STREAM_STATUS_OPENING;
    case HalfStatus::kOpen:
      return v1::STREAM_STATUS_OPEN;
    case HalfStatus::kReading:
      return v1::STREAM_STATUS_READING;
    case HalfStatus::kWriting:
      return v1::STREAM_STATUS_WRITING;
    case HalfStatus::kAtEnd:
      return v1::STREAM_STATUS_AT_END;
    case HalfStatus::kClosed:
      return v1::STREAM_STATUS_CLOSED;
    case HalfStatus::kError:
      return v1::STREAM_STATUS_ERROR;
  }
  return v1::STREAM_STATUS_UNSPECIFIED;  // Not reached: the switch is complete.
}

}  // namespace streampair
