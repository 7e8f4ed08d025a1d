#include "server/handlers/watch_call.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <set>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "core/pair/stream_pair.h"
#include "server/convert/event.h"
#include "server/convert/request_check.h"
#include "server/handlers/find_pair.h"
#include "server/status_map.h"
#include "server/turn.h"

namespace streampair {
namespace {

bool IsEdge(PairEventType type) {
  return type == PairEventType::kHasBytesAvailable || type == PairEventType::kCanAcceptBytes;
}

// Owned by its RPC until OnDone, and meanwhile by the pair that it observes. Whoever has the
// turn uses the RPC; it is kept while a message is under way.
class WatchCall final : public WriteHandler,
                        public PairObserver,
                        public std::enable_shared_from_this<WatchCall> {
 public:
  explicit WatchCall(std::shared_ptr<WriterCall<v1::WatchStreamPairResponse>> call)
      : call_(std::move(call)) {}

  void Begin(const ServiceState& state, const Caller& caller,
             const v1::WatchStreamPairRequest& request) {
    if (auto failure = Watch(state, caller, request)) {
      call_->Finish(ToStatus(*failure));
      return;
    }
    call_->SendInitialMetadata();  // So that the client knows from when on it is told.
    Work();
  }

  // PairObserver, on the pair's loop.
  bool WantsIoEvents() const override {
    return types_.empty() || types_.count(v1::STREAM_EVENT_TYPE_HAS_BYTES_AVAILABLE) > 0 ||
           types_.count(v1::STREAM_EVENT_TYPE_CAN_ACCEPT_BYTES) > 0;
  }
  void OnPairEvent(const PairEvent& event) override {
    {
      absl::MutexLock lock(&mu_);
      if (event.type == PairEventType::kReleased) released_ = true;
      if (Wants(event.type) && !(IsEdge(event.type) && WaitsLocked(event.type))) {
        waiting_.push_back(event);
      }
    }
    if (turn_.Take()) Work();
  }

  // WriteHandler.
  void OnWriteDone(bool ok) override {
    if (!ok) SetCancelled();
    Work();
  }
  void OnCancel() override {
    SetCancelled();
    if (turn_.Take()) Work();
  }
  void OnDone() override {
    if (observer_id_ != 0) pair_->RemoveObserver(observer_id_);
  }

 private:
  enum class Next : uint8_t { kNothing, kWrite, kFinish, kCancel };

  std::optional<Failure> Watch(const ServiceState& state, const Caller& caller,
                               const v1::WatchStreamPairRequest& request) {
    RequestCheck check;
    for (int i = 0; i < request.types_size(); ++i) {
      const v1::StreamEventType type = request.types(i);
      if (!v1::StreamEventType_IsValid(type) || type == v1::STREAM_EVENT_TYPE_UNSPECIFIED) {
        check.Refuse(Element("types", i), absl::StrCat("unknown value ", int{type}));
      }
      types_.insert(type);
    }
    if (auto failure = check.Verdict()) return failure;
    if (auto failure = FindPair(state, caller, request.name(), pair_)) return failure;
    observer_id_ = pair_->AddObserver(shared_from_this());
    return std::nullopt;
  }

  bool Wants(PairEventType type) const {
    return types_.empty() || types_.count(EventTypeToProto(type)) > 0;
  }
  bool WaitsLocked(PairEventType type) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return std::any_of(waiting_.begin(), waiting_.end(),
                       [type](const PairEvent& event) { return event.type == type; });
  }
  void SetCancelled() {
    absl::MutexLock lock(&mu_);
    cancelled_ = true;
  }

  // Requires: the caller has the turn.
  void Work() {
    do {
      switch (TakeNext()) {
        case Next::kNothing:
          break;
        case Next::kWrite:
          call_->Write(response_);  // OnWriteDone goes on.
          return;
        case Next::kFinish:
          call_->Finish(grpc::Status::OK);
          return;
        case Next::kCancel:
          call_->Finish(CancelledStatus());
          return;
      }
    } while (!turn_.Release());
  }

  Next TakeNext() {
    absl::MutexLock lock(&mu_);
    if (cancelled_) return Next::kCancel;
    if (waiting_.empty()) return released_ ? Next::kFinish : Next::kNothing;
    *response_.mutable_event() = EventToProto(waiting_.front());
    waiting_.pop_front();
    return Next::kWrite;
  }

  const std::shared_ptr<WriterCall<v1::WatchStreamPairResponse>> call_;
  std::set<v1::StreamEventType> types_;  // Empty: all.
  std::shared_ptr<StreamPair> pair_;
  uint64_t observer_id_ = 0;
  v1::WatchStreamPairResponse response_;

  Turn turn_{/*taken=*/true};
  absl::Mutex mu_;
  std::deque<PairEvent> waiting_ ABSL_GUARDED_BY(mu_);
  bool released_ ABSL_GUARDED_BY(mu_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace

std::shared_ptr<WriteHandler> StartWatchCall(
    const ServiceState& state, const Caller& caller, const v1::WatchStreamPairRequest& request,
    std::shared_ptr<WriterCall<v1::WatchStreamPairResponse>> call) {
  auto handler = std::make_shared<WatchCall>(std::move(call));
  handler->Begin(state, caller, request);
  return handler;
}

}  // namespace streampair
