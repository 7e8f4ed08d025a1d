#include "server/transfer/transfer_calls.h"

#include <algorithm>
#include <utility>

#include "server/transfer/transfer_call.h"

namespace streampair {

TransferCalls::TransferCalls(Request request, MakeSession make_session)
    : request_(std::move(request)), make_session_(std::move(make_session)) {}

void TransferCalls::Serve(CallQueues& queues) {
  queues.ForEach([&](grpc::ServerCompletionQueue& queue) {
    std::make_shared<TransferCall>(queues, queue, *this)->Wait();
  });
}

void TransferCalls::Accept(
    grpc::ServerContext& context,
    grpc::ServerAsyncReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>& stream,
    grpc::ServerCompletionQueue& queue, void* tag) {
  request_(&context, &stream, &queue, tag);
}

std::shared_ptr<TransferSession> TransferCalls::NewSession(std::shared_ptr<MessageStream> stream,
                                                           const grpc::ServerContext& context) {
  std::shared_ptr<TransferSession> session = make_session_(std::move(stream), context);
  if (session == nullptr) return nullptr;
  absl::MutexLock lock(&mu_);
  if (sessions_.size() >= prune_at_) {
    std::erase_if(sessions_, [](const auto& weak) { return weak.expired(); });
    prune_at_ = std::max<size_t>(64, 2 * sessions_.size());
  }
  sessions_.push_back(session);
  return session;
}

void TransferCalls::Drain(absl::Duration grace) {
  std::vector<std::weak_ptr<TransferSession>> sessions;
  {
    absl::MutexLock lock(&mu_);
    sessions = sessions_;
  }
  for (const std::weak_ptr<TransferSession>& weak : sessions) {
    if (const std::shared_ptr<TransferSession> session = weak.lock()) session->OnDraining(grace);
  }
}

size_t TransferCalls::live_sessions() {
  absl::MutexLock lock(&mu_);
  return std::count_if(sessions_.begin(), sessions_.end(),
                       [](const auto& weak) { return !weak.expired(); });
}

}  // namespace streampair
