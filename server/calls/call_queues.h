#ifndef STREAMPAIR_SERVER_CALLS_CALL_QUEUES_H_
#define STREAMPAIR_SERVER_CALLS_CALL_QUEUES_H_

#include <grpcpp/grpcpp.h>

#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/synchronization/mutex.h"

namespace streampair {

// The completion queues on which all RPCs run, one thread each, and the count of the RPCs on them.
// All tags of one RPC come back on one thread, one after the other.
//
//   CallQueues queues(builder, 1);   // Before builder.BuildAndStart().
//   ...                              // After it: each service waits for its RPCs on each queue.
//   queues.Start();
//   ...; server->Shutdown(deadline); queues.Shutdown();
class CallQueues {
 public:
  // Requires: count > 0.
  CallQueues(grpc::ServerBuilder& builder, size_t count);
  ~CallQueues();  // Shuts down.
  CallQueues(const CallQueues&) = delete;
  CallQueues& operator=(const CallQueues&) = delete;

  void Start();

  void ForEach(absl::FunctionRef<void(grpc::ServerCompletionQueue& queue)> each);

  // Waits for the RPCs that are under way; requires that the server has been shut down (which ends
  // all of them) or was never built.
  void Shutdown();

  // For CallHost: an RPC is waited for, unless this says no because the end has begun; and it is
  // over, so that it begins no operation any more.
  [[nodiscard]] bool Enter();
  void Leave();

 private:
  struct Queue {
    std::unique_ptr<grpc::ServerCompletionQueue> queue;
    std::thread thread;
  };
  static void Serve(grpc::ServerCompletionQueue& queue);

  std::vector<Queue> queues_;

  absl::Mutex mu_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  size_t calls_ ABSL_GUARDED_BY(mu_) = 0;  // Under way, or waiting to begin.
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CALLS_CALL_QUEUES_H_
