#ifndef STREAMPAIR_SERVER_ADMIN_ADMIN_SERVICE_H_
#define STREAMPAIR_SERVER_ADMIN_ADMIN_SERVICE_H_

#include <utility>

#include "server/admin/admin_state.h"
#include "server/calls/call_queues.h"
#include "streampair/admin/v1/admin_service.grpc.pb.h"

namespace streampair {
namespace internal {

using GeneratedAdmin = admin::v1::AdminService;
using AdminServiceBase = GeneratedAdmin::WithAsyncMethod_ListStreamPairs<
    GeneratedAdmin::WithAsyncMethod_CloseStreamPair<GeneratedAdmin::WithAsyncMethod_GetPolicy<
        GeneratedAdmin::WithAsyncMethod_ReloadConfig<GeneratedAdmin::Service>>>>;

}  // namespace internal

// What each RPC for operators leads to: whether the caller is one, the call, the status.
class AdminService final : public internal::AdminServiceBase {
 public:
  explicit AdminService(AdminState state) : state_(std::move(state)) {}

  // As StreamPairService::Serve. The queues are not those of callers, since a reload takes a while.
  void Serve(CallQueues& queues);

 private:
  const AdminState state_;
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_ADMIN_ADMIN_SERVICE_H_
