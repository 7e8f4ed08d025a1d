#ifndef STREAMPAIR_SERVER_CALLS_WRITER_HOST_H_
#define STREAMPAIR_SERVER_CALLS_WRITER_HOST_H_

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
struct WriterMethod {
  // Asks gRPC for the next RPC.
  std::function<void(grpc::ServerContext*, Request*, grpc::ServerAsyncWriter<Response>*,
                     grpc::ServerCompletionQueue*, void* tag)>
      accept;
  // Begins to serve one. The request and the context are valid within the call.
  std::function<std::shared_ptr<WriteHandler>(std::shared_ptr<WriterCall<Response>>,
                                              const grpc::ServerContext&, const Request&)>
      begin;
};

// An RPC with many responses, on a completion queue.
template <typename Request, typename Response>
class WriterHost final : public HandlerHost<WriterHost<Request, Response>,
                                            WriterMethod<Request, Response>, WriteHandler>,
                         public WriterCall<Response> {
 public:
  using WriterHost::HandlerHost::HandlerHost;

  // WriterCall.
  void SendInitialMetadata() override { writer_.SendInitialMetadata(metadata_.Begin()); }
  void Write(const Response& response) override { writer_.Write(response, write_.Begin()); }
  void Finish(const grpc::Status& status) override { writer_.Finish(status, this->BeginFinish()); }

 private:
  void Accept(void* tag) override {
    this->method().accept(&this->context(), &request_, &writer_, &this->queue(), tag);
  }
  void OnBegun() override {
    this->set_handler(this->method().begin(this->SharedHost(), this->context(), request_));
    request_ = Request();  // An RPC that lasts does not keep it.
  }
  void OnMetadataSent(bool) {}  // What comes next will tell.
  void OnWritten(bool ok) {
    if (this->handler() != nullptr) this->handler()->OnWriteDone(ok);
  }

  Request request_;
  grpc::ServerAsyncWriter<Response> writer_{&this->context()};
  Operation<WriterHost> metadata_{*this, &WriterHost::OnMetadataSent};
  Operation<WriterHost> write_{*this, &WriterHost::OnWritten};
};

// Serves one method of a generated asynchronous service: `request` is its Request... method.
template <typename Service, typename Base, typename Request, typename Response>
void ServeWriter(CallQueues& queues, Service& service,
                 void (Base::*request)(grpc::ServerContext*, Request*,
                                       grpc::ServerAsyncWriter<Response>*, grpc::CompletionQueue*,
                                       grpc::ServerCompletionQueue*, void*),
                 decltype(WriterMethod<Request, Response>::begin) begin) {
  WriterMethod<Request, Response> method;
  method.accept = [&service, request](grpc::ServerContext* context, Request* message, auto* writer,
                                      grpc::ServerCompletionQueue* queue, void* tag) {
    (service.*request)(context, message, writer, queue, queue, tag);
  };
  method.begin = std::move(begin);
  WriterHost<Request, Response>::Serve(queues, std::move(method));
}

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_CALLS_WRITER_HOST_H_
