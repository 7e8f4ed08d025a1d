#include "core/base/streampair_table.h"

namespace streampair {
namespace {

using C = StreampairCode;

constexpr StreampairRow kRows[] = {
    {C::kInternal, "INTERNAL", Stage::kInternal, Reason::kProxyInternalError, false,
     "The server made a mistake."},
    {C::kUnimplemented, "UNIMPLEMENTED", Stage::kRequest, Reason::kHttpRequestError, false,
     "The server knows this request but does not carry it out yet."},
    {C::kInvalidRequest, "INVALID_REQUEST", Stage::kRequest, Reason::kHttpRequestError, false,
     "A field of the request is missing, out of range or contradicts another."},
    {C::kPairNotFound, "PAIR_NOT_FOUND", Stage::kRequest, Reason::kHttpRequestError, false,
     "There is no pair of that name for this caller."},
    {C::kNotHere, "NOT_HERE", Stage::kRequest, Reason::kProxyInternalResponse, true,
     "Another instance of the server owns that pair."},
    {C::kAlreadyAttached, "ALREADY_ATTACHED", Stage::kRequest, Reason::kHttpRequestError, false,
     "Another call has that half of the pair attached."},
    {C::kWrongState, "WRONG_STATE", Stage::kRequest, Reason::kHttpRequestError, false,
     "The pair cannot do that in the state it is in."},
    {C::kChannelUnknown, "CHANNEL_UNKNOWN", Stage::kRequest, Reason::kHttpRequestError, false,
     "A frame names a channel that was never attached or is over."},
    {C::kChannelReused, "CHANNEL_REUSED", Stage::kRequest, Reason::kHttpRequestError, false,
     "An attach frame names a channel number that is not above all earlier ones."},
    {C::kCreditExceeded, "CREDIT_EXCEEDED", Stage::kRequest, Reason::kHttpRequestError, false,
     "More data was sent than had been granted, or more granted than can be counted."},
    {C::kMalformedMessage, "MALFORMED_MESSAGE", Stage::kRequest, Reason::kHttpRequestError, false,
     "A message could not be parsed or makes no sense."},
    {C::kAfterFinish, "AFTER_FINISH", Stage::kRequest, Reason::kHttpRequestError, false,
     "Data or a second finish was sent after the finish."},
    {C::kDraining, "DRAINING", Stage::kCapacity, Reason::kProxyInternalResponse, true,
     "The server is shutting down and takes no new pairs."},
    {C::kTooManyPairs, "TOO_MANY_PAIRS", Stage::kCapacity, Reason::kConnectionLimitReached, true,
     "The server holds as many pairs as it may."},
    {C::kPolicyDenied, "POLICY_DENIED", Stage::kPolicy, Reason::kHttpRequestDenied, false,
     "The operator's rules forbid it."},
    {C::kPairReleased, "PAIR_RELEASED", Stage::kStream, Reason::kNone, false,
     "The pair was deleted, or both its halves were closed."},
    {C::kHoldExpired, "HOLD_EXPIRED", Stage::kStream, Reason::kNone, false,
     "Nobody came back for the pair in the time it was held."},
    {C::kClientGone, "CLIENT_GONE", Stage::kStream, Reason::kConnectionTerminated, false,
     "The call that carried the pair ended without a finish or a reset."},
    {C::kMessageTooLarge, "MESSAGE_TOO_LARGE", Stage::kRequest, Reason::kHttpRequestError, false,
     "A message is above the size limit."},
    {C::kResetByClient, "RESET_BY_CLIENT", Stage::kStream, Reason::kConnectionTerminated, false,
     "The client reset the channel."},
    {C::kQuota, "QUOTA", Stage::kCapacity, Reason::kConnectionLimitReached, true,
     "The caller has used up its share."},
    {C::kUnauthenticated, "UNAUTHENTICATED", Stage::kRequest, Reason::kHttpRequestDenied, false,
     "The caller has not shown who he is."},
};

}  // namespace

absl::Span<const StreampairRow> StreampairTable() { return kRows; }

}  // namespace streampair
