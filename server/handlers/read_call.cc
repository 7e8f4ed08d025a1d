#include "server/handlers/read_call.h"

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "core/base/streampair_errors.h"
#include "core/pair/stream_pair.h"
#include "server/convert/request_check.h"
#include "server/handlers/find_pair.h"
#include "server/status_map.h"
#include "server/turn.h"

namespace streampair {
namespace {

constexpr int kDefaultPayload = 64 << 10;
constexpr int kMaxPayload = 1 << 20;

// Owned by its RPC until OnDone, and meanwhile by the pair whose user it is. Whoever has the
// turn uses the attachment and the RPC; it is kept while a message is under way.
class ReadCall final : public WriteHandler,
                       public StreamUser,
                       public std::enable_shared_from_this<ReadCall> {
 public:
  explicit ReadCall(std::shared_ptr<WriterCall<v1::ReadResponse>> call) : call_(std::move(call)) {}

  void Begin(const ServiceState& state, const Caller& caller, const v1::ReadRequest& request) {
    if (auto failure = Attach(state, caller, request)) {
      call_->Finish(ToStatus(*failure));
      return;
    }
    call_->SendInitialMetadata();  // So that the client knows that it is attached.
    Work();
  }

  // StreamUser, on the pair's loop.
  void OnReady() override {
    if (turn_.Take()) Work();
  }
  void OnIo(bool readable, bool) override {
    if (readable && turn_.Take()) Work();
  }
  void OnGone(const Error& error) override {
    {
      absl::MutexLock lock(&mu_);
      gone_ = error;
    }
    if (turn_.Take()) Work();
  }

  // WriteHandler.
  void OnWriteDone(bool ok) override {
    if (!ok) cancelled_ = true;
    Work();
  }
  void OnCancel() override {
    cancelled_ = true;
    if (turn_.Take()) Work();
  }

 private:
  std::optional<Failure> Attach(const ServiceState& state, const Caller& caller,
                                const v1::ReadRequest& request) {
    RequestCheck check;
    if (request.max_payload_size() < 0 || request.max_payload_size() > kMaxPayload) {
      check.Refuse("max_payload_size",
                   absl::StrCat("must be 1 to ", kMaxPayload, ", is ", request.max_payload_size()));
      return check.Verdict();
    }
    if (request.max_payload_size() > 0) payload_size_ = request.max_payload_size();
    std::shared_ptr<StreamPair> pair;
    if (auto failure = FindPair(state, caller, request.name(), pair)) return failure;
    auto attachment = pair->Attach(Halves::kRead, shared_from_this());
    if (!attachment.ok()) return Failure(attachment.error());
    attachment_ = *std::move(attachment);
    return std::nullopt;
  }

  // Requires: the caller has the turn.
  void Work() {
    do {
      if (cancelled_) return End(CancelledStatus());
      if (const auto error = gone()) return End(ToStatus(*error));
      std::string& payload = *response_.mutable_payload();
      payload.resize(payload_size_);
      const IoResult result = attachment_->Read(absl::MakeSpan(&payload[0], payload.size()));
      switch (result.outcome) {
        case IoResult::Outcome::kOk:
          payload.resize(result.bytes);
          call_->Write(response_);  // OnWriteDone goes on.
          return;
        case IoResult::Outcome::kEnd:
          return End(grpc::Status::OK);
        case IoResult::Outcome::kError:
          return End(ToStatus(
              attachment_->error().value_or(InternalFault("a read failed without a reason"))));
        case IoResult::Outcome::kWouldBlock:
          std::string().swap(payload);  // A call that waits holds no buffer.
          break;
      }
    } while (!turn_.Release());
  }

  // Keeps the turn for ever. Detaches first, so that a client that has the status can attach again.
  void End(const grpc::Status& status) {
    attachment_.reset();
    call_->Finish(status);
  }

  std::optional<Error> gone() {
    absl::MutexLock lock(&mu_);
    return gone_;
  }

  const std::shared_ptr<WriterCall<v1::ReadResponse>> call_;
  size_t payload_size_ = kDefaultPayload;
  std::unique_ptr<Attachment> attachment_;
  v1::ReadResponse response_;

  Turn turn_{/*taken=*/true};
  std::atomic<bool> cancelled_{false};
  absl::Mutex mu_;
  std::optional<Error> gone_ ABSL_GUARDED_BY(mu_);
};

}  // namespace

std::shared_ptr<WriteHandler> StartReadCall(const ServiceState& state, const Caller& caller,
                                            const v1::ReadRequest& request,
                                            std::shared_ptr<WriterCall<v1::ReadResponse>> call) {
  auto handler = std::make_shared<ReadCall>(std::move(call));
  handler->Begin(state, caller, request);
  return handler;
}

}  // namespace streampair
