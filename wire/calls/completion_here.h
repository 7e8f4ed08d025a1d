#ifndef STREAMPAIR_WIRE_CALLS_COMPLETION_HERE_H_
#define STREAMPAIR_WIRE_CALLS_COMPLETION_HERE_H_

#include <grpcpp/completion_queue.h>

namespace streampair::wire {

// Catches the completion of an operation that is over before the call that began it returns, on the
// thread that began it. A message that fits into the connection's buffers is such an operation; by
// way of the queue its completion would wake the queue's thread, which then finds that there is
// nothing to do.
//
//   CompletionHere here(queue);
//   stream.Write(message, tag);
//   if (here.Took(tag)) ...   // It has been written; the queue will not say so.
//
// Only for tags that are Tags, and only while the RPC is under way, so that the queue lives.
class CompletionHere {
 public:
  explicit CompletionHere(grpc::CompletionQueue& queue);
  ~CompletionHere();
  CompletionHere(const CompletionHere&) = delete;
  CompletionHere& operator=(const CompletionHere&) = delete;

  // Whether the operation with `tag` is over and was successful. Once. Any other completion, be it
  // a failure or that of another operation, comes from the queue as always.
  [[nodiscard]] bool Took(const void* tag);

 private:
  grpc::CompletionQueue& queue_;
  bool open_ = true;
};

}  // namespace streampair::wire

#endif  // STREAMPAIR_WIRE_CALLS_COMPLETION_HERE_H_
