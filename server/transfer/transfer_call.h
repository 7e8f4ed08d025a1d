#ifndef STREAMPAIR_SERVER_TRANSFER_TRANSFER_CALL_H_
#define STREAMPAIR_SERVER_TRANSFER_TRANSFER_CALL_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/async_stream.h>

#include <memory>

#include "server/calls/call_host.h"
#include "server/calls/operation.h"
#include "server/transfer/message_stream.h"
#include "server/transfer/transfer_session.h"

namespace streampair {

class TransferCalls;

// One Transfer RPC on a completion queue: gRPC's operations. What they carry is the session's
// business.
class TransferCall final : public CallHost, public MessageStream {
 public:
  // `calls` outlives it.
  TransferCall(CallQueues& queues, grpc::ServerCompletionQueue& queue, TransferCalls& calls);

  // MessageStream.
  void StartRead() override;
  void StartWrite(grpc::ByteBuffer message) override;
  bool WroteAtOnce(grpc::ByteBuffer message) override;
  void Finish(const grpc::Status& status) override;

 private:
  // CallHost.
  void Accept(void* tag) override;
  void WaitForNext() override;
  void OnBegun() override;
  void OnCancelled() override;
  void OnOver() override;

  void OnRead(bool ok);
  void OnWritten(bool ok);

  TransferCalls& calls_;
  grpc::ServerAsyncReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer> stream_{&context()};
  grpc::ByteBuffer received_;
  Operation<TransferCall> read_{*this, &TransferCall::OnRead};
  Operation<TransferCall> write_{*this, &TransferCall::OnWritten};

  // While the RPC lives, unless it was refused; on the queue's thread only.
  std::shared_ptr<TransferSession> session_;
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_TRANSFER_TRANSFER_CALL_H_
