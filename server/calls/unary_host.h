#ifndef STREAMPAIR_SERVER_CALLS_UNARY_HOST_H_
#define STREAMPAIR_SERVER_CALLS_UNARY_HOST_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/async_unary_call.h>

#include <functional>
#include <memory>
#include <utility>

#include "server/calls/call.h"
#include "server/calls/handler_host.h"

namespace streampair {

template <typename Request, typename Response>
struct UnaryMethod {
  // Asks gRPC for the next RPC.
  std::function<void(grpc::ServerContext*, Request*, grpc::ServerAsyncResponseWriter<Response>*,
                     grpc::ServerCompletionQueue*, void* tag)>
      accept;
  // Begins to serve one. The request and the context are valid within the call. May return null
  // when the RPC has been ended.
  std::function<std::shared_ptr<CallHandler>(std::shared_ptr<UnaryCall<Response>>,
                                             const grpc::ServerContext&, const Request&)>
      begin;
};

// A unary RPC on a completion queue.
template <typename Request, typename Response>
class UnaryHost final
    : public HandlerHost<UnaryHost<Request, Response>, UnaryMethod<Request, Response>, CallHandler>,
      public UnaryCall<Response> {
 public:
  using UnaryHost::HandlerHost::HandlerHost;

  // UnaryCall.
  void Answer(const Response& response) override {
    writer_.Finish(response, grpc::Status::OK, this->BeginFinish());
  }
  void Fail(const grpc::Status& status) override {
    writer_.FinishWithError(status, this->BeginFinish());
  }

 private:
  void Accept(void* tag) override {
    this->method().accept(&this->context(), &request_, &writer_, &this->queue(), tag);
  }
  void OnBegun() override {
    this->set_handler(this->method().begin(this->SharedHost(), this->context(), request_));
    request_ = Request();  // An RPC that lasts does not keep it.
  }

  Request request_;
  grpc::ServerAsyncResponseWriter<Response> writer_{&this->context()};
};

// Serves one method of a generated asynchronous service: `request` is its Request... method.
template <typename Service, typename Base, typename Request, typename Response>
void ServeUnary(CallQueues& queues, Service& service,
                void (Base::*request)(grpc::ServerContext*, Request*,
                                      grpc::ServerAsyncResponseWriter<Response>*,
                                      grpc::CompletionQueue*, grpc::ServerCompletionQueue*, void*),
                decltype(UnaryMethod<Request, Response>::begin) begin) {
  UnaryMethod<Request, Response> method;
  method.accept = [&service, request](grpc::ServerContext* context, Request* message, auto* writer,
                                      grpc::ServerCompletionQueue* queue, void* tag) {
    (service.*request)(context, message, writer, queue, queue, tag);
  };
  method.begin = std::move(begin);
  UnaryHost<Request, Response>::Serve(queues, std::move(method));
}

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CALLS_UNARY_HOST_H_
