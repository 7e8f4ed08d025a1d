#ifndef STREAMPAIR_SERVER_SERVICE_BASE_H_
#define STREAMPAIR_SERVER_SERVICE_BASE_H_

#include "streampair/v1/stream_pair_service.grpc.pb.h"

namespace streampair {
namespace internal {

using Generated = v1::StreamPairService;
using Lifecycle = Generated::WithAsyncMethod_CreateStreamPair<
    Generated::WithAsyncMethod_GetStreamPair<Generated::WithAsyncMethod_ListStreamPairs<
        Generated::WithAsyncMethod_OpenStream<Generated::WithAsyncMethod_CloseStream<
            Generated::WithAsyncMethod_DeleteStreamPair<Generated::Service>>>>>>;
using LifecycleAndProperties = Generated::WithAsyncMethod_SetProperty<
    Generated::WithAsyncMethod_GetProperty<Generated::WithAsyncMethod_SetSecurityProtocol<
        Generated::WithAsyncMethod_ExplainError<Lifecycle>>>>;
using AllButTransfer = Generated::WithAsyncMethod_Read<Generated::WithAsyncMethod_Write<
    Generated::WithAsyncMethod_WatchStreamPair<LifecycleAndProperties>>>;

}  // namespace internal

// The generated service, every method on completion queues; Transfer takes undecoded messages,
// because it carries the bytes. A method in gRPC's callback style would bring threads of gRPC's
// own, which poll beside the queues and hand them what they find; that costs more than all it does.
using ServiceBase = internal::Generated::WithRawMethod_Transfer<internal::AllButTransfer>;

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_SERVICE_BASE_H_
