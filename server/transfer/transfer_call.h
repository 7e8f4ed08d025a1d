#ifndef STREAMPAIR_SERVER_TRANSFER_TRANSFER_CALL_H_
#define STREAMPAIR_SERVER_TRANSFER_TRANSFER_CALL_H_

#include <grpcpp/grpcpp.h>

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "server/transfer/message_stream.h"
#include "server/transfer/transfer_session.h"
#include "streampair/v1/stream_pair_service.grpc.pb.h"

namespace streampair {

// One Transfer RPC on a completion queue: gRPC's operations and their tags. What they carry is the
// session's business.
//
// It lives as long as one of its operations is under way, or its session.
class TransferCall final : public MessageStream, public std::enable_shared_from_this<TransferCall> {
 public:
  using Service = grpc::Service;
  // Requests the next RPC into the call's members.
  using Accept = absl::AnyInvocable<void(
      grpc::ServerContext*, grpc::ServerAsyncReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>*,
      void* tag)>;
  // Makes the session of an RPC that has begun.
  using MakeSession = absl::AnyInvocable<std::shared_ptr<TransferSession>(
      std::shared_ptr<MessageStream>, const grpc::ServerContext&)>;

  // What a completion queue hands back.
  class Tag {
   public:
    virtual ~Tag() = default;
    virtual void Run(bool ok) = 0;
  };

  // Waits for an RPC. `begun` is called once, when one has come or none will (false); `over` once,
  // after which no operation is begun.
  static void Wait(Accept accept, MakeSession make_session, absl::AnyInvocable<void(bool ok)> begun,
                   absl::AnyInvocable<void()> over);

  TransferCall(MakeSession make_session, absl::AnyInvocable<void(bool ok)> begun,
               absl::AnyInvocable<void()> over);

  // MessageStream.
  void StartRead() override;
  void StartWrite(grpc::ByteBuffer message) override;
  void Finish(const grpc::Status& status) override;

 private:
  // One operation at a time of each kind; it keeps the call alive while it is under way.
  class Operation final : public Tag {
   public:
    using Handler = void (TransferCall::*)(bool ok);
    explicit Operation(Handler handler) : handler_(handler) {}
    void* Begin(std::shared_ptr<TransferCall> call) {
      call_ = std::move(call);
      return static_cast<Tag*>(this);
    }
    void Run(bool ok) override {
      const std::shared_ptr<TransferCall> call = std::move(call_);
      (call.get()->*handler_)(ok);
    }

   private:
    const Handler handler_;
    std::shared_ptr<TransferCall> call_;
  };

  void OnBegun(bool ok);
  void OnRead(bool ok);
  void OnWritten(bool ok);
  void OnFinished(bool ok);
  void OnDone(bool ok);
  void LeaveIfOver();

  MakeSession make_session_;
  absl::AnyInvocable<void(bool ok)> begun_;
  absl::AnyInvocable<void()> over_;
  grpc::ServerContext context_;
  grpc::ServerAsyncReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer> stream_{&context_};
  grpc::ByteBuffer received_;
  Operation begin_{&TransferCall::OnBegun};
  Operation read_{&TransferCall::OnRead};
  Operation write_{&TransferCall::OnWritten};
  Operation finish_{&TransferCall::OnFinished};
  Operation done_{&TransferCall::OnDone};

  absl::Mutex mu_;
  std::shared_ptr<TransferSession> session_ ABSL_GUARDED_BY(mu_);  // Until the RPC is over.
  bool finished_ ABSL_GUARDED_BY(mu_) = false;
  bool done_seen_ ABSL_GUARDED_BY(mu_) = false;

  std::shared_ptr<TransferSession> session();
};

}  // namespace streampair

#endif  // STREAMPAIR_SERVER_TRANSFER_TRANSFER_CALL_H_
