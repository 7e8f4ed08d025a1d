#ifndef STREAMPAIR_CORE_BASE_STREAMPAIR_ERRORS_H_
#define STREAMPAIR_CORE_BASE_STREAMPAIR_ERRORS_H_

#include <cstdint>
#include <string>

#include "core/base/error.h"

namespace streampair {

// The codes of our own error domain: what the contract has no number for. Append-only; a
// retired number keeps a tombstone line. Stage, reason and meaning of each stand in
// streampair_table.cc and, for callers, in docs/errors.md; a test keeps them in step.
enum class StreampairCode : int32_t {
  kInternal = 1,
  kUnimplemented = 2,
  kInvalidRequest = 3,
  kPairNotFound = 4,
  kNotHere = 5,
  kAlreadyAttached = 6,
  kWrongState = 7,
  kChannelUnknown = 8,
  kChannelReused = 9,
  kCreditExceeded = 10,
  kMalformedMessage = 11,
  kAfterFinish = 12,
  kDraining = 13,
  kTooManyPairs = 14,
  kPolicyDenied = 15,
  kPairReleased = 16,
  kHoldExpired = 17,
  kClientGone = 18,
  kMessageTooLarge = 19,
  kResetByClient = 20,
  kQuota = 21,
  kUnauthenticated = 22,
};

// One function per row. Each comment is the triple, the stage, the reason.

// (Streampair, 0, 1), internal, proxy_internal_error: a fault of this server.
Error InternalFault(std::string detail);

// (Streampair, 0, 2), request, http_request_error: known, but not built yet.
Error Unimplemented(std::string detail);

// (Streampair, 0, 3), request, http_request_error: a field is missing, out of range or
// contradicts another; the text says which and what the limit is.
Error InvalidRequest(std::string detail);

// (Streampair, 0, 4), request, http_request_error: no pair of that name for this caller.
Error PairNotFound(std::string detail);

// (Streampair, 0, 5), request, proxy_internal_response, retryable: another instance owns
// the pair.
Error NotHere(std::string detail);

// (Streampair, 0, 6), request, http_request_error: another call has the half attached.
Error AlreadyAttached(std::string detail);

// (Streampair, 0, 7), request, http_request_error: the pair cannot do that in its state.
Error WrongState(std::string detail);

// (Streampair, 0, 8), request, http_request_error: a frame for a channel that was
// never attached or is over.
Error ChannelUnknown(std::string detail);

// (Streampair, 0, 9), request, http_request_error: an attach on a channel number
// that is not above all earlier ones.
Error ChannelReused(std::string detail);

// (Streampair, 0, 10), request, http_request_error: data beyond the credit granted, or
// more credit granted than the protocol can count.
Error CreditExceeded(std::string detail);

// (Streampair, 0, 11), request, http_request_error: a message that does not parse.
Error MalformedMessage(std::string detail);

// (Streampair, 0, 12), request, http_request_error: data, or a second finish, after the
// finish.
Error AfterFinish(std::string detail);

// (Streampair, 0, 13), capacity, proxy_internal_response, retryable: the server is on its
// way down and takes no new pairs.
Error Draining(std::string detail);

// (Streampair, 0, 14), capacity, connection_limit_reached, retryable: the server holds as
// many pairs as it may.
Error TooManyPairs(std::string detail);

// (Streampair, 0, 15), policy, http_request_denied: the operator's rules forbid it.
Error PolicyDenied(std::string detail);

// (Streampair, 0, 16), stream, no reason: the owner deleted the pair, or closed both of
// its halves.
Error PairReleased(std::string detail);

// (Streampair, 0, 17), stream, no reason: nobody came back for a pair in the time it was
// held.
Error HoldExpired(std::string detail);

// (Streampair, 0, 18), stream, connection_terminated: the call that carried the pair ended
// without a finish or a reset.
Error ClientGone(std::string detail);

// (Streampair, 0, 19), request, http_request_error: a message above the size limit.
Error MessageTooLarge(std::string detail);

// (Streampair, 0, 20), stream, connection_terminated: the client reset the channel.
Error ResetByClient(std::string detail);

// (Streampair, 0, 21), capacity, connection_limit_reached, retryable: this caller has used
// up its share.
Error QuotaExceeded(std::string detail);

// (Streampair, 0, 22), request, http_request_denied: the caller has not shown who he is.
Error Unauthenticated(std::string detail);

}  // namespace streampair

#endif  // STREAMPAIR_CORE_BASE_STREAMPAIR_ERRORS_H_
