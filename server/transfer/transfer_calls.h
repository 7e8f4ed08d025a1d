#ifndef STREAMPAIR_SERVER_TRANSFER_TRANSFER_CALLS_H_
#define STREAMPAIR_SERVER_TRANSFER_TRANSFER_CALLS_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/async_stream.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "server/calls/call_queues.h"
#include "server/transfer/message_stream.h"
#include "server/transfer/transfer_session.h"

namespace streampair {

// All Transfer RPCs.
//
//   TransferCalls calls(request, make_session);
//   calls.Serve(queues);
//   calls.Drain(grace);
class TransferCalls {
 public:
  // Requests the next Transfer on `queue`; usually the service's RequestTransfer.
  using Request = absl::AnyInvocable<void(
      grpc::ServerContext*, grpc::ServerAsyncReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>*,
      grpc::ServerCompletionQueue* queue, void* tag)>;
  // Makes the session of an RPC, or ends the RPC and returns null; called on a queue's thread.
  using MakeSession = absl::AnyInvocable<std::shared_ptr<TransferSession>(
      std::shared_ptr<MessageStream>, const grpc::ServerContext&)>;

  TransferCalls(Request request, MakeSession make_session);

  // Waits for RPCs on all queues. This must live until they are shut down.
  void Serve(CallQueues& queues);

  // Tells all sessions that the server goes down. One that begins later learns it when its attach
  // is refused.
  void Drain(absl::Duration grace);

  // RPCs that have begun and whose sessions live.
  size_t live_sessions();

  // For TransferCall.
  void Accept(grpc::ServerContext& context,
              grpc::ServerAsyncReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>& stream,
              grpc::ServerCompletionQueue& queue, void* tag);
  std::shared_ptr<TransferSession> NewSession(std::shared_ptr<MessageStream> stream,
                                              const grpc::ServerContext& context);

 private:
  Request request_;
  MakeSession make_session_;

  absl::Mutex mu_;
  std::vector<std::weak_ptr<TransferSession>> sessions_ ABSL_GUARDED_BY(mu_);
  size_t prune_at_ ABSL_GUARDED_BY(mu_) =
      64;  // Dead entries are dropped when the list is this long.
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_TRANSFER_TRANSFER_CALLS_H_
