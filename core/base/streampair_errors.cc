#include "core/base/streampair_errors.h"

#include <utility>

#include "core/base/check.h"
#include "core/base/streampair_table.h"

namespace streampair {
namespace {

Error Make(StreampairCode code, std::string detail) {
  const auto index = static_cast<size_t>(code) - 1;
  SP_CHECK(index < StreampairTable().size());
  const StreampairRow& row = StreampairTable()[index];
  SP_CHECK(row.code == code);
  const ErrorId id{ErrorDomain::kStreampair, 0, static_cast<int32_t>(code)};
  return Error(row.stage, id, row.reason, std::move(detail)).WithRetryable(row.retryable);
}

}  // namespace

Error InternalFault(std::string detail) {
  return Make(StreampairCode::kInternal, std::move(detail));
}

Error Unimplemented(std::string detail) {
  return Make(StreampairCode::kUnimplemented, std::move(detail));
}

Error InvalidRequest(std::string detail) {
  return Make(StreampairCode::kInvalidRequest, std::move(detail));
}

Error PairNotFound(std::string detail) {
  return Make(StreampairCode::kPairNotFound, std::move(detail));
}

Error NotHere(std::string detail) { return Make(StreampairCode::kNotHere, std::move(detail)); }

Error AlreadyAttached(std::string detail) {
  return Make(StreampairCode::kAlreadyAttached, std::move(detail));
}

Error WrongState(std::string detail) {
  return Make(StreampairCode::kWrongState, std::move(detail));
}

Error ChannelUnknown(std::string detail) {
  return Make(StreampairCode::kChannelUnknown, std::move(detail));
}

Error ChannelReused(std::string detail) {
  return Make(StreampairCode::kChannelReused, std::move(detail));
}

Error CreditExceeded(std::string detail) {
  return Make(StreampairCode::kCreditExceeded, std::move(detail));
}

Error MalformedMessage(std::string detail) {
  return Make(StreampairCode::kMalformedMessage, std::move(detail));
}

Error AfterFinish(std::string detail) {
  return Make(StreampairCode::kAfterFinish, std::move(detail));
}

Error Draining(std::string detail) { return Make(StreampairCode::kDraining, std::move(detail)); }

Error TooManyPairs(std::string detail) {
  return Make(StreampairCode::kTooManyPairs, std::move(detail));
}

Error PolicyDenied(std::string detail) {
  return Make(StreampairCode::kPolicyDenied, std::move(detail));
}

Error PairReleased(std::string detail) {
  return Make(StreampairCode::kPairReleased, std::move(detail));
}

Error HoldExpired(std::string detail) {
  return Make(StreampairCode::kHoldExpired, std::move(detail));
}

Error ClientGone(std::string detail) {
  return Make(StreampairCode::kClientGone, std::move(detail));
}

Error MessageTooLarge(std::string detail) {
  return Make(StreampairCode::kMessageTooLarge, std::move(detail));
}

Error ResetByClient(std::string detail) {
  return Make(StreampairCode::kResetByClient, std::move(detail));
}

Error QuotaExceeded(std::string detail) { return Make(StreampairCode::kQuota, std::move(detail)); }

Error Unauthenticated(std::string detail) {
  return Make(StreampairCode::kUnauthenticated, std::move(detail));
}

}  // namespace streampair
