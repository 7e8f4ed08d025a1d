#include "server/stream_pair_service.h"

#include <memory>
#include <optional>
#include <utility>

#include "core/base/result.h"
#include "core/base/streampair_errors.h"
#include "server/caller.h"
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
    } else if (const Result<Caller> caller = state.gate.Admit(context); !caller.ok()) {
      failure = Failure(caller.error());
    } else {
      failure = handler(state, *caller, request, response);
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
  ServeUnary(
      queues, *this, &Self::RequestExplainError,
      AtOnce<v1::ExplainErrorRequest, v1::ExplainErrorResponse>(
          state_, [](const ServiceState&, const Caller&, const auto& request, auto& response) {
            return streampair::ExplainError(request, response);
          }));
}

void StreamPairService::ServeLasting(CallQueues& queues) {
  using OpenCall = std::shared_ptr<UnaryCall<v1::OpenStreamResponse>>;
  ServeUnary(queues, *this, &Self::RequestOpenStream,
             [this](OpenCall call, const grpc::ServerContext& context,
                    const v1::OpenStreamRequest& request) -> std::shared_ptr<CallHandler> {
               const Result<Caller> caller = state_.gate.Admit(context);
               if (caller.ok()) return StartOpenCall(state_, *caller, request, std::move(call));
               call->Fail(ToStatus(caller.error()));
               return nullptr;
             });
  using ReadCall = std::shared_ptr<WriterCall<v1::ReadResponse>>;
  ServeWriter(queues, *this, &Self::RequestRead,
              [this](ReadCall call, const grpc::ServerContext& context,
                     const v1::ReadRequest& request) -> std::shared_ptr<WriteHandler> {
                const Result<Caller> caller = state_.gate.Admit(context);
                if (caller.ok()) return StartReadCall(state_, *caller, request, std::move(call));
                call->Finish(ToStatus(caller.error()));
                return nullptr;
              });
  using WatchCall = std::shared_ptr<WriterCall<v1::WatchStreamPairResponse>>;
  ServeWriter(queues, *this, &Self::RequestWatchStreamPair,
              [this](WatchCall call, const grpc::ServerContext& context,
                     const v1::WatchStreamPairRequest& request) -> std::shared_ptr<WriteHandler> {
                const Result<Caller> caller = state_.gate.Admit(context);
                if (caller.ok()) return StartWatchCall(state_, *caller, request, std::move(call));
                call->Finish(ToStatus(caller.error()));
                return nullptr;
              });
  using WriteCall = std::shared_ptr<ReaderCall<v1::WriteRequest, v1::WriteResponse>>;
  ServeReader(
      queues, *this, &Self::RequestWrite,
      [this](WriteCall call, const grpc::ServerContext& context) -> std::shared_ptr<ReadHandler> {
        const Result<Caller> caller = state_.gate.Admit(context);
        if (caller.ok()) return StartWriteCall(state_, *caller, std::move(call));
        call->Fail(ToStatus(caller.error()));
        return nullptr;
      });
}

}  // namespace streampair
