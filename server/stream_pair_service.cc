#include "server/stream_pair_service.h"

#include <memory>
#include <optional>
#include <utility>

#include "core/base/streampair_errors.h"
#include "server/calls/reader_host.h"
#include "server/calls/unary_host.h"
#include "server/calls/writer_host.h"
#include "server/handlers/create.h"
#include "server/handlers/explain.h"
#include "server/handlers/lifecycle.h"
#include "server/handlers/list.h"
#include "server/handlers/open_call.h"
#include "server/handlers/properties.h"
#include "server/handlers/read_call.h"
#include "server/handlers/watch_call.h"
#include "server/handlers/write_call.h"
#include "server/limits.h"
#include "server/principal.h"
#include "server/status_map.h"

namespace streampair {
namespace {

using Self = StreamPairService;

// Calls whose answer is known at once.
template <typename Request, typename Response>
using Handler = std::optional<Failure> (*)(const ServiceState&, const Caller&, const Request&,
                                           Response&);

template <typename Request, typename Response>
auto AtOnce(const ServiceState& state, Handler<Request, Response> handler) {
  return [&state, handler](const std::shared_ptr<UnaryCall<Response>>& call,
                           const grpc::ServerContext& context,
                           const Request& request) -> std::shared_ptr<CallHandler> {
    Response response;
    std::optional<Failure> failure;
    const size_t size = request.ByteSizeLong();
    if (size > kMaxMessageBytes) {
      failure = Failure(MessageTooLarge(TooLargeText(size)));
    } else {
      failure = handler(state, CallerOf(context), request, response);
    }
    if (failure) {
      call->Fail(ToStatus(*failure));
    } else {
      call->Answer(response);
    }
    return nullptr;
  };
}

}  // namespace

void StreamPairService::Serve(CallQueues& queues) {
  ServePairs(queues);
  ServeProperties(queues);
  ServeLasting(queues);
}

void StreamPairService::ServePairs(CallQueues& queues) {
  ServeUnary(queues, *this, &Self::RequestCreateStreamPair,
             AtOnce(state_, &streampair::CreateStreamPair));
  ServeUnary(queues, *this, &Self::RequestGetStreamPair,
             AtOnce(state_, &streampair::GetStreamPair));
  ServeUnary(queues, *this, &Self::RequestListStreamPairs,
             AtOnce(state_, &streampair::ListStreamPairs));
  ServeUnary(queues, *this, &Self::RequestCloseStream, AtOnce(state_, &streampair::CloseStream));
  ServeUnary(queues, *this, &Self::RequestDeleteStreamPair,
             AtOnce(state_, &streampair::DeleteStreamPair));
}

void StreamPairService::ServeProperties(CallQueues& queues) {
  ServeUnary(queues, *this, &Self::RequestSetProperty, AtOnce(state_, &streampair::SetProperty));
  ServeUnary(queues, *this, &Self::RequestGetProperty, AtOnce(state_, &streampair::GetProperty));
  ServeUnary(queues, *this, &Self::RequestSetSecurityProtocol,
             AtOnce(state_, &streampair::SetSecurityProtocol));
  ServeUnary(queues, *this, &Self::RequestExplainError,
             [](const auto& call, const grpc::ServerContext&,
                const v1::ExplainErrorRequest& request) -> std::shared_ptr<CallHandler> {
               v1::ExplainErrorResponse response;
               if (const auto failure = streampair::ExplainError(request, response)) {
                 call->Fail(ToStatus(*failure));
               } else {
                 call->Answer(response);
               }
               return nullptr;
             });
}

void StreamPairService::ServeLasting(CallQueues& queues) {
  ServeUnary(
      queues, *this, &Self::RequestOpenStream,
      [this](auto call, const grpc::ServerContext& context, const v1::OpenStreamRequest& request) {
        return StartOpenCall(state_, CallerOf(context), request, std::move(call));
      });
  ServeWriter(
      queues, *this, &Self::RequestRead,
      [this](auto call, const grpc::ServerContext& context, const v1::ReadRequest& request) {
        return StartReadCall(state_, CallerOf(context), request, std::move(call));
      });
  ServeWriter(queues, *this, &Self::RequestWatchStreamPair,
              [this](auto call, const grpc::ServerContext& context,
                     const v1::WatchStreamPairRequest& request) {
                return StartWatchCall(state_, CallerOf(context), request, std::move(call));
              });
  ServeReader(queues, *this, &Self::RequestWrite,
              [this](auto call, const grpc::ServerContext& context) {
                return StartWriteCall(state_, CallerOf(context), std::move(call));
              });
}

}  // namespace streampair
