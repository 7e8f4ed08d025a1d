#include "server/transfer/transfer_call.h"

#include <utility>

namespace streampair {

void TransferCall::Wait(Accept accept, MakeSession make_session,
                        absl::AnyInvocable<void(bool ok)> begun, absl::AnyInvocable<void()> over) {
  auto call =
      std::make_shared<TransferCall>(std::move(make_session), std::move(begun), std::move(over));
  call->context_.AsyncNotifyWhenDone(call->done_.Begin(call));
  accept(&call->context_, &call->stream_, call->begin_.Begin(call));
}

TransferCall::TransferCall(MakeSession make_session, absl::AnyInvocable<void(bool ok)> begun,
                           absl::AnyInvocable<void()> over)
    : make_session_(std::move(make_session)), begun_(std::move(begun)), over_(std::move(over)) {}

std::shared_ptr<TransferSession> TransferCall::session() {
  absl::MutexLock lock(&mu_);
  return session_;
}

void TransferCall::OnBegun(bool ok) {
  begun_(ok);
  if (!ok) {
    // The server is shutting down; gRPC gives the done tag only to calls that began.
    done_.Begin(nullptr);
    over_();
    return;
  }
  std::shared_ptr<TransferSession> session = make_session_(shared_from_this(), context_);
  bool gone;
  {
    absl::MutexLock lock(&mu_);
    session_ = session;
    gone = done_seen_;
  }
  session->Start();
  if (gone) session->OnBroken();
}

void TransferCall::StartRead() { stream_.Read(&received_, read_.Begin(shared_from_this())); }

void TransferCall::StartWrite(grpc::ByteBuffer message) {
  stream_.Write(message, write_.Begin(shared_from_this()));
}

void TransferCall::Finish(const grpc::Status& status) {
  stream_.Finish(status, finish_.Begin(shared_from_this()));
}

void TransferCall::OnRead(bool ok) {
  const std::shared_ptr<TransferSession> session = this->session();
  if (session == nullptr) return;
  if (ok) {
    session->OnMessage(received_);
  } else {
    session->OnClientDone();
  }
}

void TransferCall::OnWritten(bool ok) {
  if (const std::shared_ptr<TransferSession> session = this->session()) session->OnWritten(ok);
}

void TransferCall::OnFinished(bool) {
  {
    absl::MutexLock lock(&mu_);
    finished_ = true;
  }
  LeaveIfOver();
}

void TransferCall::OnDone(bool) {
  std::shared_ptr<TransferSession> session;
  {
    absl::MutexLock lock(&mu_);
    done_seen_ = true;
    session = session_;
  }
  // The session finishes a cancelled call like any other, so that the finish tag always comes.
  if (session != nullptr && context_.IsCancelled()) session->OnBroken();
  LeaveIfOver();
}

void TransferCall::LeaveIfOver() {
  std::shared_ptr<TransferSession> session;
  {
    absl::MutexLock lock(&mu_);
    if (!finished_ || !done_seen_) return;
    session = std::move(session_);
  }
  if (session == nullptr) return;
  session->OnOver();
  over_();
}

}  // namespace streampair
