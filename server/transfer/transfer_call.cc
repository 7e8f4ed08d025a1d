#include "server/transfer/transfer_call.h"

#include <utility>

#include "server/transfer/transfer_calls.h"
#include "wire/calls/completion_here.h"

namespace streampair {

TransferCall::TransferCall(CallQueues& queues, grpc::ServerCompletionQueue& queue,
                           TransferCalls& calls)
    : CallHost(queues, queue), calls_(calls) {}

void TransferCall::StartRead() { stream_.Read(&received_, read_.Begin()); }

void TransferCall::StartWrite(grpc::ByteBuffer message) { stream_.Write(message, write_.Begin()); }

bool TransferCall::WroteAtOnce(grpc::ByteBuffer message) {
  wire::CompletionHere here(queue());
  void* const tag = write_.Begin();
  stream_.Write(message, tag);
  if (!here.Took(tag)) return false;
  write_.Forget();
  return true;
}

void TransferCall::Finish(const grpc::Status& status) { stream_.Finish(status, BeginFinish()); }

void TransferCall::Accept(void* tag) { calls_.Accept(context(), stream_, queue(), tag); }

void TransferCall::WaitForNext() {
  std::make_shared<TransferCall>(queues(), queue(), calls_)->Wait();
}

void TransferCall::OnBegun() {
  session_ =
      calls_.NewSession(std::static_pointer_cast<TransferCall>(shared_from_this()), context());
  if (session_ != nullptr) session_->Start();
}

void TransferCall::OnRead(bool ok) {
  if (session_ == nullptr) return;
  if (ok) {
    session_->OnMessage(received_);
  } else {
    session_->OnClientDone();
  }
}

void TransferCall::OnWritten(bool ok) {
  if (session_ != nullptr) session_->OnWritten(ok);
}

void TransferCall::OnCancelled() {
  if (session_ != nullptr) session_->OnBroken();
}

void TransferCall::OnOver() {
  // They own each other until now.
  if (const std::shared_ptr<TransferSession> session = std::move(session_)) session->OnOver();
}

}  // namespace streampair
