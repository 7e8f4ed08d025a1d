#include "server/calls/call_host.h"

namespace streampair {

CallHost::CallHost(CallQueues& queues, grpc::ServerCompletionQueue& queue)
    : queues_(queues), queue_(queue) {}

void CallHost::Wait() {
  if (!queues_.Enter()) return;
  context_.AsyncNotifyWhenDone(done_.Begin());
  Accept(accept_.Begin());
}

void CallHost::OnAccepted(bool ok) {
  if (!ok) {
    // The server is shutting down; gRPC gives the done tag only to calls that began.
    done_.Forget();
    queues_.Leave();
    return;
  }
  WaitForNext();
  OnBegun();
}

void CallHost::OnFinished(bool) {
  finished_ = true;
  LeaveIfOver();
}

void CallHost::OnDone(bool) {
  done_seen_ = true;
  // A cancelled call is finished like any other, so that the finish tag always comes.
  if (context_.IsCancelled()) OnCancelled();
  LeaveIfOver();
}

void CallHost::LeaveIfOver() {
  if (!finished_ || !done_seen_) return;
  OnOver();
  queues_.Leave();
}

}  // namespace streampair
