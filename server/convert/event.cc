#include "server/convert/event.h"

#include "server/convert/half.h"
#include "server/convert/time.h"
#include "server/convert/tls_facts.h"
#include "server/error_proto.h"

namespace streampair {

v1::StreamEventType EventTypeToProto(PairEventType type) {
  switch (type) {
    case PairEventType::kOpenCompleted:
      return v1::STREAM_EVENT_TYPE_OPEN_COMPLETED;
    case PairEventType::kTlsHandshakeCompleted:
      return v1::STREAM_EVENT_TYPE_TLS_HANDSHAKE_COMPLETED;
    case PairEventType::kReady:
      return v1::STREAM_EVENT_TYPE_READY;
    case PairEventType::kHasBytesAvailable:
      return v1::STREAM_EVENT_TYPE_HAS_BYTES_AVAILABLE;
    case PairEventType::kCanAcceptBytes:
      return v1::STREAM_EVENT_TYPE_CAN_ACCEPT_BYTES;
    case PairEventType::kEndEncountered:
      return v1::STREAM_EVENT_TYPE_END_ENCOUNTERED;
    case PairEventType::kErrorOccurred:
      return v1::STREAM_EVENT_TYPE_ERROR_OCCURRED;
    case PairEventType::kReleased:
      return v1::STREAM_EVENT_TYPE_RELEASED;
  }
  return v1::STREAM_EVENT_TYPE_UNSPECIFIED;  // Not reached: the switch is complete.
}

v1::StreamEvent EventToProto(const PairEvent& event) {
  v1::StreamEvent proto;
  proto.set_type(EventTypeToProto(event.type));
  proto.set_half(HalvesToProto(event.halves));
  if (event.error) *proto.mutable_error() = ErrorToProto(*event.error);
  *proto.mutable_time() = TimeToProto(event.time);
  if (event.tls != nullptr && event.tls->report.has_value())
    *proto.mutable_tls_handshake_report() = TlsReportToProto(*event.tls->report);
  proto.set_remote_address(event.remote_address);
  proto.set_local_address(event.local_address);
  return proto;
}

}  // namespace streampair
