#include "wire/calls/completion_here.h"

#include <grpc/grpc.h>
#include <grpc/support/time.h>
#include <grpcpp/alarm.h>
#include <grpcpp/impl/codegen/completion_queue_tag.h>

#include <utility>

#include "wire/calls/tag.h"

namespace streampair::wire {
namespace {

// Brings a completion that was caught by mistake to the queue's thread after all.
class Handover final : public Tag {
 public:
  static void Start(grpc::CompletionQueue& queue, Tag* tag, bool ok) {
    Handover* const handover = new Handover(tag, ok);
    handover->alarm_.Set(&queue, gpr_time_0(GPR_CLOCK_MONOTONIC), static_cast<Tag*>(handover));
  }

  void Run(bool) override {
    tag_->Run(ok_);
    delete this;
  }

 private:
  Handover(Tag* tag, bool ok) : tag_(tag), ok_(ok) {}

  Tag* const tag_;
  const bool ok_;
  grpc::Alarm alarm_;
};

}  // namespace

CompletionHere::CompletionHere(grpc::CompletionQueue& queue) : queue_(queue) {
  grpc_completion_queue_thread_local_cache_init(queue_.cq());
}

CompletionHere::~CompletionHere() {
  static_cast<void>(Took(nullptr));  // Hands over what was caught, if nobody has asked.
}

bool CompletionHere::Took(const void* tag) {
  if (!std::exchange(open_, false)) return false;
  void* caught;
  int succeeded;
  if (!grpc_completion_queue_thread_local_cache_flush(queue_.cq(), &caught, &succeeded)) {
    return false;
  }
  // What grpc::CompletionQueue::Next does with what it takes out.
  bool ok = succeeded != 0;
  if (!static_cast<grpc::internal::CompletionQueueTag*>(caught)->FinalizeResult(&caught, &ok)) {
    return false;
  }
  if (caught == tag && ok) return true;
  Handover::Start(queue_, static_cast<Tag*>(caught), ok);
  return false;
}

}  // namespace streampair::wire
