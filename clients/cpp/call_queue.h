#ifndef STREAMPAIR_CLIENTS_CPP_CALL_QUEUE_H_
#define STREAMPAIR_CLIENTS_CPP_CALL_QUEUE_H_

#include <grpcpp/completion_queue.h>

#include <memory>
#include <thread>

namespace streampair::client {

// The completion queue of a client's Transfer RPCs, and the one thread that runs what comes out of
// it. gRPC's callback API would do the same with several threads that poll together, which costs a
// switch or more between them for every message. Whoever has an operation in the queue holds a
// reference. Its tags are wire::Tags.
class CallQueue {
 public:
  CallQueue();
  // On its own thread this does not wait: the thread ends by itself.
  ~CallQueue();
  CallQueue(const CallQueue&) = delete;
  CallQueue& operator=(const CallQueue&) = delete;

  grpc::CompletionQueue& queue() { return *queue_; }

 private:
  const std::shared_ptr<grpc::CompletionQueue> queue_;  // Shared with the thread.
  std::thread thread_;
};

}  // namespace streampair::client

#endif  // STREAMPAIR_CLIENTS_CPP_CALL_QUEUE_H_
