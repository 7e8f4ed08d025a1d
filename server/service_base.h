#ifndef STREAMPAIR_SERVER_SERVICE_BASE_H_
#define STREAMPAIR_SERVER_SERVICE_BASE_H_

#include "streampair/v1/stream_pair_service.grpc.pb.h"

namespace streampair {
namespace internal {

using Generated = v1::StreamPairService;
using Lifecycle = Generated::WithCallbackMethod_CreateStreamPair<
    Generated::WithCallbackMethod_GetStreamPair<Generated::WithCallbackMethod_ListStreamPairs<
        Generated::WithCallbackMethod_OpenStream<Generated::WithCallbackMethod_CloseStream<
            Generated::WithCallbackMethod_DeleteStreamPair<Generated::Service>>>>>>;
using LifecycleAndProperties = Generated::WithCallbackMethod_SetProperty<
    Generated::WithCallbackMethod_GetProperty<Generated::WithCallbackMethod_SetSecurityProtocol<
        Generated::WithCallbackMethod_ExplainError<Lifecycle>>>>;
using AllButTransfer = Generated::WithCallbackMethod_Read<Generated::WithCallbackMethod_Write<
    Generated::WithCallbackMethod_WatchStreamPair<LifecycleAndProperties>>>;

}  // namespace internal

// The generated service, every method in its style: Transfer takes undecoded messages from
// completion queues, because it carries the bytes; all others are callbacks, because that is
// simpler and fast enough.
using ServiceBase = internal::Generated::WithRawMethod_Transfer<internal::AllButTransfer>;

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_SERVICE_BASE_H_
