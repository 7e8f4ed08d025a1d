#include "server/transfer/transfer_queues.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace streampair {

TransferQueues::TransferQueues(grpc::ServerBuilder& builder, size_t count, Request request,
                               MakeSession make_session)
    : request_(std::move(request)), make_session_(std::move(make_session)) {
  SP_CHECK(count > 0);
  for (size_t i = 0; i < count; ++i)
    queues_.push_back({builder.AddCompletionQueue(), std::thread()});
}

TransferQueues::~TransferQueues() { Shutdown(); }

void TransferQueues::Start() {
  for (Queue& each : queues_) {
    WaitForNext(each.queue.get());
    each.thread = std::thread([this, queue = each.queue.get()] { Serve(queue); });
  }
}

void TransferQueues::WaitForNext(grpc::ServerCompletionQueue* queue) {
  {
    absl::MutexLock lock(&mu_);
    if (stopping_) return;
    ++calls_;
  }
  TransferCall::Wait(
      [this, queue](grpc::ServerContext* context,
                    grpc::ServerAsyncReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>* stream,
                    void* tag) { request_(context, stream, queue, tag); },
      [this](std::shared_ptr<MessageStream> stream, const grpc::ServerContext& context) {
        std::shared_ptr<TransferSession> session = make_session_(std::move(stream), context);
        absl::MutexLock lock(&mu_);
        if (sessions_.size() >= prune_at_) {
          std::erase_if(sessions_, [](const auto& weak) { return weak.expired(); });
          prune_at_ = std::max<size_t>(64, 2 * sessions_.size());
        }
        sessions_.push_back(session);
        return session;
      },
      [this, queue](bool ok) {
        if (ok) WaitForNext(queue);
      },
      [this] {
        absl::MutexLock lock(&mu_);
        --calls_;
      });
}

void TransferQueues::Serve(grpc::ServerCompletionQueue* queue) {
  void* tag;
  bool ok;
  while (queue->Next(&tag, &ok)) static_cast<TransferCall::Tag*>(tag)->Run(ok);
}

void TransferQueues::Drain(absl::Duration grace) {
  std::vector<std::weak_ptr<TransferSession>> sessions;
  {
    absl::MutexLock lock(&mu_);
    sessions = sessions_;
  }
  for (const std::weak_ptr<TransferSession>& weak : sessions) {
    if (const std::shared_ptr<TransferSession> session = weak.lock()) session->OnDraining(grace);
  }
}

void TransferQueues::Shutdown() {
  {
    // A queue takes no operation once it is shut down, so every call has to be over: the server's
    // shutdown has cancelled those that were under way, and they end by themselves, on our threads
    // and on the loops'.
    absl::MutexLock lock(&mu_);
    if (std::exchange(stopping_, true)) return;
    const auto none = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return calls_ == 0; };
    mu_.Await(absl::Condition(&none));
  }
  for (Queue& each : queues_) each.queue->Shutdown();
  for (Queue& each : queues_) {
    if (each.thread.joinable()) {
      each.thread.join();
    } else {
      // Never started: what a server's shutdown left in the queue still has to be taken out.
      Serve(each.queue.get());
    }
  }
}

size_t TransferQueues::live_sessions() {
  absl::MutexLock lock(&mu_);
  return std::count_if(sessions_.begin(), sessions_.end(),
                       [](const auto& weak) { return !weak.expired(); });
}

}  // namespace streampair
