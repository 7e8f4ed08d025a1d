#ifndef STREAMPAIR_SERVER_ADMIN_ADMIN_CALLS_H_
#define STREAMPAIR_SERVER_ADMIN_ADMIN_CALLS_H_

#include <optional>

#include "server/admin/admin_state.h"
#include "server/caller.h"
#include "server/failure.h"
#include "streampair/admin/v1/admin_service.pb.h"

// The operators' calls. Those that change something are lines of the log, admin_call.
namespace streampair::admin {

// Whether `caller` is an operator.
std::optional<Failure> CheckOperator(const AdminState& state, const Caller& caller);

std::optional<Failure> ListStreamPairs(const AdminState& state, const Caller& caller,
                                       const v1::ListStreamPairsRequest& request,
                                       v1::ListStreamPairsResponse& response);

std::optional<Failure> CloseStreamPair(const AdminState& state, const Caller& caller,
                                       const v1::CloseStreamPairRequest& request,
                                       v1::CloseStreamPairResponse& response);

std::optional<Failure> GetPolicy(const AdminState& state, const Caller& caller,
                                 const v1::GetPolicyRequest& request,
                                 v1::GetPolicyResponse& response);

std::optional<Failure> ReloadConfig(const AdminState& state, const Caller& caller,
                                    const v1::ReloadConfigRequest& request,
                                    v1::ReloadConfigResponse& response);

}  // namespace streampair::admin

#endif  // STREAMPAIR_SERVER_ADMIN_ADMIN_CALLS_H_
