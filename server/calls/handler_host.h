#ifndef STREAMPAIR_SERVER_CALLS_HANDLER_HOST_H_
#define STREAMPAIR_SERVER_CALLS_HANDLER_HOST_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <utility>

#include "server/calls/call_host.h"

namespace streampair {

// What the hosts of unary, reading and writing RPCs have in common: a method, which is shared by
// all its RPCs, and a handler. `Host` is the derived class.
template <typename Host, typename Method, typename Handler>
class HandlerHost : public CallHost {
 public:
  HandlerHost(CallQueues& queues, grpc::ServerCompletionQueue& queue,
              std::shared_ptr<const Method> method)
      : CallHost(queues, queue), method_(std::move(method)) {}

  // Waits for RPCs of `method` on all queues.
  static void Serve(CallQueues& queues, Method method) {
    const auto shared = std::make_shared<const Method>(std::move(method));
    queues.ForEach([&](grpc::ServerCompletionQueue& queue) {
      std::make_shared<Host>(queues, queue, shared)->Wait();
    });
  }

 protected:
  const Method& method() const { return *method_; }
  Handler* handler() { return handler_.get(); }
  void set_handler(std::shared_ptr<Handler> handler) { handler_ = std::move(handler); }

  std::shared_ptr<Host> SharedHost() {
    return std::static_pointer_cast<Host>(this->shared_from_this());
  }

 private:
  void WaitForNext() final { std::make_shared<Host>(queues(), queue(), method_)->Wait(); }
  void OnCancelled() final {
    if (handler_ != nullptr) handler_->OnCancel();
  }
  void OnOver() final {
    // They own each other until now.
    if (const std::shared_ptr<Handler> handler = std::move(handler_)) handler->OnDone();
  }

  const std::shared_ptr<const Method> method_;
  std::shared_ptr<Handler> handler_;  // On the queue's thread only.
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CALLS_HANDLER_HOST_H_
