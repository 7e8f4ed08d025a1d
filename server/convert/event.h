#ifndef STREAMPAIR_SERVER_CONVERT_EVENT_H_
#define STREAMPAIR_SERVER_CONVERT_EVENT_H_

#include "core/pair/pair_event.h"
#include "streampair/v1/event.pb.h"

namespace streampair {

v1::StreamEvent EventToProto(const PairEvent& event);
v1::StreamEventType EventTypeToProto(PairEventType type);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CONVERT_EVENT_H_
