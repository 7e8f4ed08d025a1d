#ifndef STREAMPAIR_SERVER_ERROR_PROTO_H_
#define STREAMPAIR_SERVER_ERROR_PROTO_H_

#include <cstddef>

#include "core/base/error.h"
#include "streampair/v1/error.pb.h"

namespace streampair {

// What StreamError.message may hold at most.
inline constexpr size_t kMaxErrorMessageBytes = 512;

// The error as clients see it everywhere: in status details, events, end frames and snapshots.
// Symbol and packed number come from core's catalog; the text is made presentable and cut to
// kMaxErrorMessageBytes.
v1::StreamError ErrorToProto(const Error& error);

v1::ErrorStage StageToProto(Stage stage);
v1::ErrorReason ReasonToProto(Reason reason);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_ERROR_PROTO_H_
