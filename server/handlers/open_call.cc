#include "server/handlers/open_call.h"

#include <atomic>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/streampair_errors.h"
#include "core/pair/stream_pair.h"
#include "server/convert/half.h"
#include "server/convert/pair.h"
#include "server/convert/request_check.h"
#include "server/handlers/find_pair.h"
#include "server/status_map.h"

namespace streampair {
namespace {

// Owned by its RPC until OnDone, and meanwhile by the pair that it observes.
class OpenCall final : public CallHandler,
                       public PairObserver,
                       public std::enable_shared_from_this<OpenCall> {
 public:
  explicit OpenCall(std::shared_ptr<UnaryCall<v1::OpenStreamResponse>> call)
      : call_(std::move(call)) {}

  void Begin(const ServiceState& state, const Caller& caller,
             const v1::OpenStreamRequest& request) {
    if (auto failure = Open(state, caller, request)) Fail(*failure);
  }

  // PairObserver, on the pair's loop.
  bool WantsIoEvents() const override { return false; }
  void OnPairEvent(const PairEvent& event) override {
    switch (event.type) {
      case PairEventType::kOpenCompleted:
        if (wait_ == v1::OPEN_WAIT_CONNECTED) Succeed();
        return;
      case PairEventType::kReady:
        return Succeed();
      case PairEventType::kErrorOccurred:
        return Fail(event.error ? *event.error : InternalFault("the pair failed without a reason"));
      case PairEventType::kReleased:
        return Fail(event.error ? *event.error : PairReleased("the pair was released"));
      case PairEventType::kTlsHandshakeCompleted:
      case PairEventType::kHasBytesAvailable:
      case PairEventType::kCanAcceptBytes:
      case PairEventType::kEndEncountered:
        return;
    }
  }

  // CallHandler.
  void OnCancel() override {
    if (MayFinish()) call_->Fail(CancelledStatus());
  }
  void OnDone() override {
    if (observer_id_ != 0) pair_->RemoveObserver(observer_id_);
  }

 private:
  std::optional<Failure> Open(const ServiceState& state, const Caller& caller,
                              const v1::OpenStreamRequest& request) {
    if (auto failure = FindPair(state, caller, request.name(), pair_)) return failure;
    RequestCheck check;
    const auto halves = HalvesFromProto(request.half(), "half", pair_->spec().halves, check);
    if (!v1::OpenWait_IsValid(request.wait_until())) {
      check.Refuse("wait_until", absl::StrCat("unknown value ", int{request.wait_until()}));
    }
    if (auto failure = check.Verdict()) return failure;
    wait_ =
        request.wait_until() == v1::OPEN_WAIT_READY ? v1::OPEN_WAIT_READY : v1::OPEN_WAIT_CONNECTED;
    if (auto error = pair_->Open(*halves)) return Failure(*std::move(error));
    // What already holds is told too. No OnDone can come before the call that began this has
    // returned.
    observer_id_ = pair_->AddObserver(shared_from_this());
    return std::nullopt;
  }

  void Succeed() {
    if (!MayFinish()) return;
    v1::OpenStreamResponse response;
    *response.mutable_stream_pair() = PairToProto(pair_->spec(), pair_->Snapshot());
    call_->Answer(response);
  }
  void Fail(const Failure& failure) {
    if (MayFinish()) call_->Fail(ToStatus(failure));
  }

  // True once, for whoever comes first; nobody else may touch the RPC afterwards.
  bool MayFinish() { return !finished_.exchange(true); }

  const std::shared_ptr<UnaryCall<v1::OpenStreamResponse>> call_;
  v1::OpenWait wait_ = v1::OPEN_WAIT_CONNECTED;
  std::shared_ptr<StreamPair> pair_;
  uint64_t observer_id_ = 0;
  std::atomic<bool> finished_{false};
};

}  // namespace

std::shared_ptr<CallHandler> StartOpenCall(
    const ServiceState& state, const Caller& caller, const v1::OpenStreamRequest& request,
    std::shared_ptr<UnaryCall<v1::OpenStreamResponse>> call) {
  auto handler = std::make_shared<OpenCall>(std::move(call));
  handler->Begin(state, caller, request);
  return handler;
}

}  // namespace streampair
