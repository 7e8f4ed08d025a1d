#include "server/error_proto.h"

#include <string>

#include "core/base/error_catalog.h"
#include "core/base/renumbered.h"
#include "server/text.h"

namespace streampair {
namespace {

// Both enumerations follow RFC 9209; a word added to one must be added to the other.
static_assert(static_cast<int>(Reason::kNone) == v1::ERROR_REASON_UNSPECIFIED);
static_assert(static_cast<int>(Reason::kDnsTimeout) == v1::ERROR_REASON_DNS_TIMEOUT);
static_assert(static_cast<int>(Reason::kConnectionRefused) == v1::ERROR_REASON_CONNECTION_REFUSED);
static_assert(static_cast<int>(Reason::kTlsProtocolError) == v1::ERROR_REASON_TLS_PROTOCOL_ERROR);
static_assert(static_cast<int>(Reason::kProxyLoopDetected) == v1::ERROR_REASON_PROXY_LOOP_DETECTED);
static_assert(static_cast<int>(Reason::kProxyLoopDetected) == v1::ErrorReason_MAX);

}  // namespace

v1::ErrorStage StageToProto(Stage stage) {
  switch (stage) {
    case Stage::kRequest:
      return v1::ERROR_STAGE_REQUEST;
    case Stage::kPolicy:
      return v1::ERROR_STAGE_POLICY;
    case Stage::kCapacity:
      return v1::ERROR_STAGE_CAPACITY;
    case Stage::kResolve:
      return v1::ERROR_STAGE_RESOLVE;
    case Stage::kConnect:
      return v1::ERROR_STAGE_CONNECT;
    case Stage::kProxy:
      return v1::ERROR_STAGE_PROXY;
    case Stage::kTls:
      return v1::ERROR_STAGE_TLS;
    case Stage::kStream:
      return v1::ERROR_STAGE_STREAM;
    case Stage::kInternal:
      return v1::ERROR_STAGE_INTERNAL;
  }
  return v1::ERROR_STAGE_UNSPECIFIED;  // Not reached: the switch is complete.
}

v1::ErrorReason ReasonToProto(Reason reason) {
  return static_cast<v1::ErrorReason>(static_cast<int>(reason));
}

v1::StreamError ErrorToProto(const Error& error) {
  const ErrorId id = Renumbered(error.id(), error.numbering());
  v1::StreamError proto;
  proto.set_domain(static_cast<int32_t>(id.domain));
  proto.set_subdomain(id.subdomain);
  proto.set_code(id.code);
  proto.set_packed_error(id.packed());
  if (const auto name = LookUp(id, error.numbering())) proto.set_symbol(std::string(name->symbol));
  proto.set_message(PresentableText(error.detail(), kMaxErrorMessageBytes));
  proto.set_stage(StageToProto(error.stage()));
  proto.set_reason(ReasonToProto(error.reason()));
  proto.set_address(std::string(error.address()));
  proto.set_retryable(error.retryable());
  return proto;
}

}  // namespace streampair
