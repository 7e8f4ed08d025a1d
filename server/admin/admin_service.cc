#include "server/admin/admin_service.h"

#include <memory>
#include <optional>

#include "server/admin/admin_calls.h"
#include "server/calls/unary_host.h"
#include "server/failure.h"
#include "server/principal.h"
#include "server/status_map.h"

namespace streampair {
namespace {

using Self = AdminService;

template <typename Request, typename Response>
using Handler = std::optional<Failure> (*)(const AdminState&, const Caller&, const Request&,
                                           Response&);

template <typename Request, typename Response>
auto ForOperators(const AdminState& state, Handler<Request, Response> handler) {
  return [&state, handler](const std::shared_ptr<UnaryCall<Response>>& call,
                           const grpc::ServerContext& context,
                           const Request& request) -> std::shared_ptr<CallHandler> {
    const Caller caller = CallerOf(context);
    Response response;
    std::optional<Failure> failure = admin::CheckOperator(state, caller);
    if (!failure) failure = handler(state, caller, request, response);
    if (failure) {
      call->Fail(ToStatus(*failure));
    } else {
      call->Answer(response);
    }
    return nullptr;
  };
}

}  // namespace

void AdminService::Serve(CallQueues& queues) {
  ServeUnary(queues, *this, &Self::RequestListStreamPairs,
             ForOperators(state_, &admin::ListStreamPairs));
  ServeUnary(queues, *this, &Self::RequestCloseStreamPair,
             ForOperators(state_, &admin::CloseStreamPair));
  ServeUnary(queues, *this, &Self::RequestGetPolicy, ForOperators(state_, &admin::GetPolicy));
  ServeUnary(queues, *this, &Self::RequestReloadConfig, ForOperators(state_, &admin::ReloadConfig));
}

}  // namespace streampair
