#ifndef STREAMPAIR_SERVER_CALLS_READER_HOST_H_
#define STREAMPAIR_SERVER_CALLS_READER_HOST_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/async_stream.h>

#include <functional>
#include <memory>
#include <utility>

#include "server/calls/call.h"
#include "server/calls/handler_host.h"
#include "server/calls/operation.h"

namespace streampair {

template <typename Request, typename Response>
struct ReaderMethod {
  // Asks gRPC for the next RPC.
  std::function<void(grpc::ServerContext*, grpc::ServerAsyncReader<Response, Request>*,
                     grpc::ServerCompletionQueue*, void* tag)>
      accept;
  // Begins to serve one. The context is valid within the call.
  std::function<std::shared_ptr<ReadHandler>(std::shared_ptr<ReaderCall<Request, Response>>,
                                             const grpc::ServerContext&)>
      begin;
};

// An RPC with many requests, on a completion queue.
template <typename Request, typename Response>
class ReaderHost final : public HandlerHost<ReaderHost<Request, Response>,
                                            ReaderMethod<Request, Response>, ReadHandler>,
                         public ReaderCall<Request, Response> {
 public:
  using ReaderHost::HandlerHost::HandlerHost;

  // ReaderCall.
  void Read() override { reader_.Read(&request_, read_.Begin()); }
  const Request& request() const override { return request_; }
  void Answer(const Response& response) override {
    reader_.Finish(response, grpc::Status::OK, this->BeginFinish());
  }
  void Fail(const grpc::Status& status) override {
    reader_.FinishWithError(status, this->BeginFinish());
  }

 private:
  void Accept(void* tag) override {
    this->method().accept(&this->context(), &reader_, &this->queue(), tag);
  }
  void OnBegun() override {
    this->set_handler(this->method().begin(this->SharedHost(), this->context()));
  }
  void OnRead(bool ok) {
    // A read that was under way when the RPC was ended may come back after its end.
    if (this->handler() != nullptr) this->handler()->OnReadDone(ok);
  }

  Request request_;
  grpc::ServerAsyncReader<Response, Request> reader_{&this->context()};
  Operation<ReaderHost> read_{*this, &ReaderHost::OnRead};
};

// Serves one method of a generated asynchronous service: `request` is its Request... method.
template <typename Service, typename Base, typename Request, typename Response>
void ServeReader(CallQueues& queues, Service& service,
                 void (Base::*request)(grpc::ServerContext*,
                                       grpc::ServerAsyncReader<Response, Request>*,
                                       grpc::CompletionQueue*, grpc::ServerCompletionQueue*, void*),
                 decltype(ReaderMethod<Request, Response>::begin) begin) {
  ReaderMethod<Request, Response> method;
  method.accept = [&service, request](grpc::ServerContext* context, auto* reader,
                                      grpc::ServerCompletionQueue* queue, void* tag) {
    (service.*request)(context, reader, queue, queue, tag);
  };
  method.begin = std::move(begin);
  ReaderHost<Request, Response>::Serve(queues, std::move(method));
}

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CALLS_READER_HOST_H_
