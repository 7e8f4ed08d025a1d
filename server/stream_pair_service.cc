#include "server/stream_pair_service.h"

#include <optional>

#include "core/base/streampair_errors.h"
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

// Calls whose answer is known at once.
template <typename Request, typename Response>
using Handler = std::optional<Failure> (*)(const ServiceState&, const Caller&, const Request&,
                                           Response&);

template <typename Request, typename Response>
grpc::ServerUnaryReactor* Answer(Handler<Request, Response> handler, const ServiceState& state,
                                 grpc::CallbackServerContext* context, const Request* request,
                                 Response* response) {
  std::optional<Failure> failure;
  const size_t size = request->ByteSizeLong();
  if (size > kMaxMessageBytes) {
    failure = Failure(MessageTooLarge(TooLargeText(size)));
  } else {
    failure = handler(state, CallerOf(*context), *request, *response);
  }
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(failure ? ToStatus(*failure) : grpc::Status::OK);
  return reactor;
}

}  // namespace

grpc::ServerUnaryReactor* StreamPairService::CreateStreamPair(
    grpc::CallbackServerContext* context, const v1::CreateStreamPairRequest* request,
    v1::CreateStreamPairResponse* response) {
  return Answer(&streampair::CreateStreamPair, state_, context, request, response);
}

grpc::ServerUnaryReactor* StreamPairService::GetStreamPair(grpc::CallbackServerContext* context,
                                                           const v1::GetStreamPairRequest* request,
                                                           v1::GetStreamPairResponse* response) {
  return Answer(&streampair::GetStreamPair, state_, context, request, response);
}

grpc::ServerUnaryReactor* StreamPairService::ListStreamPairs(
    grpc::CallbackServerContext* context, const v1::ListStreamPairsRequest* request,
    v1::ListStreamPairsResponse* response) {
  return Answer(&streampair::ListStreamPairs, state_, context, request, response);
}

grpc::ServerUnaryReactor* StreamPairService::SetProperty(grpc::CallbackServerContext* context,
                                                         const v1::SetPropertyRequest* request,
                                                         v1::SetPropertyResponse* response) {
  return Answer(&streampair::SetProperty, state_, context, request, response);
}

grpc::ServerUnaryReactor* StreamPairService::GetProperty(grpc::CallbackServerContext* context,
                                                         const v1::GetPropertyRequest* request,
                                                         v1::GetPropertyResponse* response) {
  return Answer(&streampair::GetProperty, state_, context, request, response);
}

grpc::ServerUnaryReactor* StreamPairService::SetSecurityProtocol(
    grpc::CallbackServerContext* context, const v1::SetSecurityProtocolRequest* request,
    v1::SetSecurityProtocolResponse* response) {
  return Answer(&streampair::SetSecurityProtocol, state_, context, request, response);
}

grpc::ServerUnaryReactor* StreamPairService::OpenStream(grpc::CallbackServerContext* context,
                                                        const v1::OpenStreamRequest* request,
                                                        v1::OpenStreamResponse* response) {
  return StartOpenCall(state_, CallerOf(*context), *request, *response);
}

grpc::ServerUnaryReactor* StreamPairService::CloseStream(grpc::CallbackServerContext* context,
                                                         const v1::CloseStreamRequest* request,
                                                         v1::CloseStreamResponse* response) {
  return Answer(&streampair::CloseStream, state_, context, request, response);
}

grpc::ServerUnaryReactor* StreamPairService::DeleteStreamPair(
    grpc::CallbackServerContext* context, const v1::DeleteStreamPairRequest* request,
    v1::DeleteStreamPairResponse* response) {
  return Answer(&streampair::DeleteStreamPair, state_, context, request, response);
}

grpc::ServerUnaryReactor* StreamPairService::ExplainError(grpc::CallbackServerContext* context,
                                                          const v1::ExplainErrorRequest* request,
                                                          v1::ExplainErrorResponse* response) {
  const auto failure = streampair::ExplainError(*request, *response);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(failure ? ToStatus(*failure) : grpc::Status::OK);
  return reactor;
}

grpc::ServerWriteReactor<v1::ReadResponse>* StreamPairService::Read(
    grpc::CallbackServerContext* context, const v1::ReadRequest* request) {
  return StartReadCall(state_, CallerOf(*context), *request);
}

grpc::ServerReadReactor<v1::WriteRequest>* StreamPairService::Write(
    grpc::CallbackServerContext* context, v1::WriteResponse* response) {
  return StartWriteCall(state_, CallerOf(*context), *response);
}

grpc::ServerWriteReactor<v1::WatchStreamPairResponse>* StreamPairService::WatchStreamPair(
    grpc::CallbackServerContext* context, const v1::WatchStreamPairRequest* request) {
  return StartWatchCall(state_, CallerOf(*context), *request);
}

}  // namespace streampair
