#ifndef STREAMPAIR_SERVER_HANDLERS_EXPLAIN_H_
#define STREAMPAIR_SERVER_HANDLERS_EXPLAIN_H_

#include <optional>

#include "server/failure.h"
#include "streampair/v1/stream_pair_service.pb.h"

namespace streampair {

// ExplainError. A number without a name is not a failure: the answer says that it is not known.
std::optional<Failure> ExplainError(const v1::ExplainErrorRequest& request,
                                    v1::ExplainErrorResponse& response);

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_HANDLERS_EXPLAIN_H_
