#include "server/calls/call_queues.h"

#include <utility>

#include "core/base/check.h"
#include "wire/calls/tag.h"

namespace streampair {

CallQueues::CallQueues(grpc::ServerBuilder& builder, size_t count) {
  SP_CHECK(count > 0);
  for (size_t i = 0; i < count; ++i)
    queues_.push_back({builder.AddCompletionQueue(), std::thread()});
}

CallQueues::~CallQueues() { Shutdown(); }

void CallQueues::Start() {
  for (Queue& each : queues_)
    each.thread = std::thread([queue = each.queue.get()] { Serve(*queue); });
}

void CallQueues::ForEach(absl::FunctionRef<void(grpc::ServerCompletionQueue& queue)> each) {
  for (const Queue& queue : queues_) each(*queue.queue);
}

bool CallQueues::Enter() {
  absl::MutexLock lock(&mu_);
  if (stopping_) return false;
  ++calls_;
  return true;
}

void CallQueues::Leave() {
  absl::MutexLock lock(&mu_);
  --calls_;
}

void CallQueues::Serve(grpc::ServerCompletionQueue& queue) {
  void* tag;
  bool ok;
  while (queue.Next(&tag, &ok)) static_cast<wire::Tag*>(tag)->Run(ok);
}

void CallQueues::Shutdown() {
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
      Serve(*each.queue);
    }
  }
}

}  // namespace streampair
