#ifndef STREAMPAIR_SERVER_TRANSFER_TRANSFER_QUEUES_H_
#define STREAMPAIR_SERVER_TRANSFER_TRANSFER_QUEUES_H_

#include <grpcpp/grpcpp.h>

#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "server/transfer/transfer_call.h"
#include "server/transfer/transfer_session.h"

namespace streampair {

// The completion queues on which Transfer runs, one thread each, and the RPCs on them.
//
//   TransferQueues queues(builder, 1, accept, make_session);   // Before builder.BuildAndStart().
//   queues.Start();                                            // After it.
//   queues.Drain(grace); ...; server->Shutdown(deadline); queues.Shutdown();
class TransferQueues {
 public:
  // Requests the next Transfer on `queue`; usually the service's RequestTransfer.
  using Request = absl::AnyInvocable<void(
      grpc::ServerContext*, grpc::ServerAsyncReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>*,
      grpc::ServerCompletionQueue* queue, void* tag)>;
  // Makes the session of an RPC; called on a queue's thread.
  using MakeSession = absl::AnyInvocable<std::shared_ptr<TransferSession>(
      std::shared_ptr<MessageStream>, const grpc::ServerContext&)>;

  // Requires: count > 0.
  TransferQueues(grpc::ServerBuilder& builder, size_t count, Request request,
                 MakeSession make_session);
  ~TransferQueues();  // Shuts down.
  TransferQueues(const TransferQueues&) = delete;
  TransferQueues& operator=(const TransferQueues&) = delete;

  void Start();

  // Tells all sessions that the server goes down. One that begins later learns it when its attach
  // is refused.
  void Drain(absl::Duration grace);

  // Waits for what is under way; requires that the server has been shut down (which ends all calls)
  // or was never built.
  void Shutdown();

  // RPCs that have begun and whose sessions live.
  size_t live_sessions();

 private:
  struct Queue {
    std::unique_ptr<grpc::ServerCompletionQueue> queue;
    std::thread thread;
  };
  void WaitForNext(grpc::ServerCompletionQueue* queue);
  void Serve(grpc::ServerCompletionQueue* queue);

  Request request_;
  MakeSession make_session_;
  std::vector<Queue> queues_;

  absl::Mutex mu_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  size_t calls_ ABSL_GUARDED_BY(mu_) = 0;  // Under way, or waiting to begin.
  std::vector<std::weak_ptr<TransferSession>> sessions_ ABSL_GUARDED_BY(mu_);
  size_t prune_at_ ABSL_GUARDED_BY(mu_) =
      64;  // Dead entries are dropped when the list is this long.
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_TRANSFER_TRANSFER_QUEUES_H_
