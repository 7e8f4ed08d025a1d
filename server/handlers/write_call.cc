#include "server/handlers/write_call.h"

#include <grpcpp/alarm.h>
#include <sys/uio.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "core/base/streampair_errors.h"
#include "core/pair/stream_pair.h"
#include "server/convert/request_check.h"
#include "server/handlers/find_pair.h"
#include "server/limits.h"
#include "server/status_map.h"
#include "server/turn.h"

namespace streampair {
namespace {

// Owned by its RPC until OnDone, and meanwhile by the pair whose user it is. Whoever has the
// turn uses the attachment and the RPC.
class WriteCall final : public ReadHandler,
                        public StreamUser,
                        public std::enable_shared_from_this<WriteCall> {
 public:
  using Rpc = ReaderCall<v1::WriteRequest, v1::WriteResponse>;

  WriteCall(const ServiceState& state, Caller caller, std::shared_ptr<Rpc> call)
      : state_(state), caller_(std::move(caller)), call_(std::move(call)) {}

  void Begin() { call_->Read(); }

  // StreamUser, on the pair's loop.
  void OnReady() override { Poke(); }
  void OnIo(bool, bool writable) override {
    if (writable) Poke();
  }
  void OnGone(const Error& error) override {
    {
      absl::MutexLock lock(&mu_);
      gone_ = error;
    }
    Poke();
  }

  // ReadHandler.
  void OnReadDone(bool ok) override {
    arrival_ = ok ? Arrival::kMessage : Arrival::kEnd;
    Poke();
  }
  void OnCancel() override {
    cancelled_ = true;
    Poke();
  }

 private:
  enum class Arrival : uint8_t { kNone, kMessage, kEnd };
  enum class Progress : uint8_t { kDone, kWait, kFailed };

  void Poke() {
    if (turn_.Take()) Work();
  }

  // Requires: the caller has the turn.
  void Work() {
    do {
      if (cancelled_) return Fail(CancelledStatus());
      if (!refusal_) {
        if (const auto error = failure()) Refuse(ToStatus(*error));
      }
      if (refusal_) {
        if (arrival_ == Arrival::kEnd || waited_) return Fail(*refusal_);
        ReadOnIfIdle();
        continue;
      }
      if (arrival_ == Arrival::kNone) {
        if (Broken()) Refuse(ToStatus(*failure()));
        continue;
      }
      if (arrival_ == Arrival::kEnd) return EndOfInput();
      if (!begun_) {
        if (auto refused = BeginMessage()) {
          Refuse(ToStatus(*refused));
          ReadOnIfIdle();
          continue;
        }
      }
      switch (WriteMessage()) {
        case Progress::kFailed:
          Refuse(ToStatus(attachment_->error().value_or(WrongState("the write half was closed"))));
          ReadOnIfIdle();
          break;
        case Progress::kWait:
          attachment_->SetWritePending(true);
          break;
        case Progress::kDone:
          attachment_->SetWritePending(false);
          begun_ = false;
          ReadOnIfIdle();
          break;
      }
    } while (!turn_.Release());
  }

  // A message has come: attaches with the first one.
  std::optional<Failure> BeginMessage() {
    if (request().ByteSizeLong() > kMaxMessageBytes) {
      return Failure(MessageTooLarge(TooLargeText(request().ByteSizeLong())));
    }
    if (finished_) return Failure(AfterFinish("a message came after the one that said finish"));
    if (attachment_ == nullptr) {
      std::shared_ptr<StreamPair> pair;
      if (auto refused = FindPair(state_, caller_, request().name(), pair)) return refused;
      auto attachment = pair->Attach(Halves::kWrite, shared_from_this());
      if (!attachment.ok()) return Failure(attachment.error());
      attachment_ = *std::move(attachment);
    }
    begun_ = true;
    offset_ = 0;
    return std::nullopt;
  }

  // Whether the connection broke while there was nothing to write: a write of nothing tells, and no
  // reader may be there to notice.
  bool Broken() {
    if (attachment_ == nullptr || finished_) return false;
    (void)attachment_->Write({});
    return attachment_->error().has_value();
  }

  Progress WriteMessage() {
    const std::string& payload = request().payload();
    while (offset_ < payload.size()) {
      const iovec piece = {const_cast<char*>(payload.data()) + offset_, payload.size() - offset_};
      const IoResult result = attachment_->Write(absl::MakeSpan(&piece, 1));
      if (result.outcome == IoResult::Outcome::kWouldBlock) return Progress::kWait;
      if (!result.ok()) return Progress::kFailed;
      offset_ += result.bytes;
      written_ += result.bytes;
    }
    if (!request().finish()) return Progress::kDone;
    if (!attachment_->Finish()) return Progress::kWait;  // Not ready yet.
    finished_ = true;
    return Progress::kDone;
  }

  void EndOfInput() {
    if (attachment_ == nullptr) {
      RequestCheck check;
      check.Refuse("name", "must be given in a first message");
      return Fail(ToStatus(*check.Verdict()));
    }
    v1::WriteResponse response;
    response.set_bytes_written(written_);
    Leave();
    call_->Answer(response);
  }

  // Nothing more will be written. The RPC ends with `status` once the client has half-closed, or
  // after a bounded wait: a balancer like HAProxy makes CANCELLED of a status that comes before.
  void Refuse(const grpc::Status& status) {
    refusal_ = status;
    attachment_.reset();
    // Weak: an alarm keeps its callback as long as itself.
    alarm_.Set(absl::ToChronoTime(absl::Now() + state_.end_wait),
               [weak = weak_from_this()](bool passed) {
                 const std::shared_ptr<WriteCall> self = weak.lock();
                 if (!passed || self == nullptr) return;
                 self->waited_ = true;
                 self->Poke();
               });
  }

  // Asks for the next message if this one is done with.
  void ReadOnIfIdle() {
    if (arrival_ != Arrival::kMessage) return;
    arrival_ = Arrival::kNone;
    call_->Read();
  }

  // Keeps the turn for ever.
  void Fail(const grpc::Status& status) {
    Leave();
    call_->Fail(status);
  }

  // Comes before the end of the RPC, so that a client that has the status can attach again.
  void Leave() {
    attachment_.reset();
    alarm_.Cancel();
  }

  const v1::WriteRequest& request() const { return call_->request(); }

  // What makes going on pointless, also while nothing is being written.
  std::optional<Error> failure() {
    {
      absl::MutexLock lock(&mu_);
      if (gone_) return gone_;
    }
    return attachment_ == nullptr ? std::nullopt : attachment_->error();
  }

  const ServiceState& state_;
  const Caller caller_;
  const std::shared_ptr<Rpc> call_;
  std::unique_ptr<Attachment> attachment_;
  bool begun_ = false;     // The request is being written.
  bool finished_ = false;  // FIN was sent.
  size_t offset_ = 0;      // Within the payload of the request.
  uint64_t written_ = 0;
  std::optional<grpc::Status> refusal_;  // Decided, and not told yet.
  grpc::Alarm alarm_;                    // Ends the wait for the client's half-close.

  Turn turn_;
  std::atomic<Arrival> arrival_{Arrival::kNone};
  std::atomic<bool> cancelled_{false};
  std::atomic<bool> waited_{false};
  absl::Mutex mu_;
  std::optional<Error> gone_ ABSL_GUARDED_BY(mu_);
};

}  // namespace

std::shared_ptr<ReadHandler> StartWriteCall(
    const ServiceState& state, const Caller& caller,
    std::shared_ptr<ReaderCall<v1::WriteRequest, v1::WriteResponse>> call) {
  auto handler = std::make_shared<WriteCall>(state, caller, std::move(call));
  handler->Begin();
  return handler;
}

}  // namespace streampair
