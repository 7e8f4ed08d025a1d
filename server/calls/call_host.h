#ifndef STREAMPAIR_SERVER_CALLS_CALL_HOST_H_
#define STREAMPAIR_SERVER_CALLS_CALL_HOST_H_

#include <grpcpp/grpcpp.h>

#include <memory>

#include "server/calls/call_queues.h"
#include "server/calls/operation.h"

namespace streampair {

// What one RPC on a completion queue is to gRPC, whatever its kind: waited for, begun, cancelled,
// over. It lives as long as one of its operations is under way, or whoever serves the RPC.
//
// The On... methods come on the queue's thread, one after the other.
class CallHost : public std::enable_shared_from_this<CallHost> {
 public:
  CallHost(CallQueues& queues, grpc::ServerCompletionQueue& queue);
  virtual ~CallHost() = default;
  CallHost(const CallHost&) = delete;
  CallHost& operator=(const CallHost&) = delete;

  // Waits for an RPC, unless the queues are being shut down.
  void Wait();

 protected:
  // Asks gRPC for the next RPC, with `tag`.
  virtual void Accept(void* tag) = 0;
  // Makes another host wait, because this one has its RPC.
  virtual void WaitForNext() = 0;
  // The RPC is here.
  virtual void OnBegun() = 0;
  // The caller has gone or its deadline has passed. The RPC is still to be finished, if that has
  // not been done.
  virtual void OnCancelled() = 0;
  // Finished, and known to gRPC as such. The last call.
  virtual void OnOver() = 0;

  // For the operation that finishes the RPC; there has to be one, once, whatever happens.
  void* BeginFinish() { return finish_.Begin(); }

  CallQueues& queues() { return queues_; }
  grpc::ServerCompletionQueue& queue() { return queue_; }
  grpc::ServerContext& context() { return context_; }

 private:
  void OnAccepted(bool ok);
  void OnFinished(bool ok);
  void OnDone(bool ok);
  void LeaveIfOver();

  CallQueues& queues_;
  grpc::ServerCompletionQueue& queue_;
  grpc::ServerContext context_;
  Operation<CallHost> accept_{*this, &CallHost::OnAccepted};
  Operation<CallHost> finish_{*this, &CallHost::OnFinished};
  Operation<CallHost> done_{*this, &CallHost::OnDone};

  // On the queue's thread only.
  bool finished_ = false;
  bool done_seen_ = false;
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CALLS_CALL_HOST_H_
