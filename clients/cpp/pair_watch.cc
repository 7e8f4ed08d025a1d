#include "clients/cpp/pair_watch.h"

#include <grpcpp/client_context.h>
#include <grpcpp/support/async_stream.h>

#include <cstdint>
#include <utility>

#include "streampair/v1/stream_pair_service.grpc.pb.h"
#include "wire/calls/tag.h"

namespace streampair::client {

// One WatchStreamPair RPC. One operation is in flight at a time, so that nothing here needs a lock;
// it keeps itself alive until the last one has come back.
class WatchRpc final : public wire::Tag, public std::enable_shared_from_this<WatchRpc> {
 public:
  WatchRpc(std::shared_ptr<CallQueue> queue, const std::shared_ptr<grpc::Channel>& channel,
           PairWatch::Callbacks callbacks)
      : queue_(std::move(queue)),
        stub_(v1::StreamPairService::NewStub(channel)),
        callbacks_(std::move(callbacks)) {}

  void Start(const std::string& name,
             const std::vector<std::pair<std::string, std::string>>& metadata) {
    for (const auto& [key, value] : metadata) context_.AddMetadata(key, value);
    v1::WatchStreamPairRequest request;
    request.set_name(name);
    self_ = shared_from_this();
    reader_ = stub_->PrepareAsyncWatchStreamPair(&context_, request, &queue_->queue());
    reader_->StartCall(static_cast<wire::Tag*>(this));
  }

  void Cancel() { context_.TryCancel(); }

 private:
  void Run(bool ok) override {
    switch (in_flight_) {
      case InFlight::kRead:
        if (ok) callbacks_.on_event(response_.event());
        [[fallthrough]];
      case InFlight::kStart:
        if (ok) {
          in_flight_ = InFlight::kRead;
          reader_->Read(&response_, static_cast<wire::Tag*>(this));
        } else {
          in_flight_ = InFlight::kFinish;
          reader_->Finish(&status_, static_cast<wire::Tag*>(this));
        }
        return;
      case InFlight::kFinish:
        callbacks_.on_end(status_.ok() ? std::nullopt
                                       : std::optional(StreamError::FromStatus(status_)));
        const std::shared_ptr<WatchRpc> last = std::move(self_);
        return;
    }
  }

  const std::shared_ptr<CallQueue> queue_;
  const std::unique_ptr<v1::StreamPairService::Stub> stub_;
  PairWatch::Callbacks callbacks_;
  enum class InFlight : uint8_t { kStart, kRead, kFinish } in_flight_ = InFlight::kStart;
  grpc::ClientContext context_;
  v1::WatchStreamPairResponse response_;
  grpc::Status status_;
  std::unique_ptr<grpc::ClientAsyncReader<v1::WatchStreamPairResponse>> reader_;
  std::shared_ptr<WatchRpc> self_;
};

PairWatch::PairWatch(std::shared_ptr<CallQueue> queue,
                     const std::shared_ptr<grpc::Channel>& channel,
                     const std::vector<std::pair<std::string, std::string>>& metadata,
                     const std::string& name, Callbacks callbacks)
    : rpc_(std::make_shared<WatchRpc>(std::move(queue), channel, std::move(callbacks))) {
  rpc_->Start(name, metadata);
}

PairWatch::~PairWatch() {
  if (rpc_ != nullptr) rpc_->Cancel();
}

}  // namespace streampair::client
