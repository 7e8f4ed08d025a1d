#include "clients/cpp/carrier.h"

#include <utility>

#include "clients/cpp/client_errors.h"

namespace streampair::client {
namespace {

v1::Attach ToCreate(v1::StreamPairSpec spec) {
  v1::Attach attach;
  *attach.mutable_create() = std::move(spec);
  return attach;
}

v1::Attach ToName(std::string name) {
  v1::Attach attach;
  attach.set_name(std::move(name));
  return attach;
}

}  // namespace

Carrier::Carrier(std::shared_ptr<CallQueue> queue, const std::shared_ptr<grpc::Channel>& channel,
                 CarrierOptions options)
    : rpc_(TransferRpc::Start(std::move(queue), channel, std::move(options),
                              TransferRpc::Form::kManyPairs)) {}

Stream Carrier::OpenAlone(std::shared_ptr<CallQueue> queue,
                          const std::shared_ptr<grpc::Channel>& channel, v1::StreamPairSpec spec,
                          const StreamOptions& stream_options, CarrierOptions options) {
  Carrier carrier(TransferRpc::Start(std::move(queue), channel, std::move(options),
                                     TransferRpc::Form::kOnePair));
  return carrier.Open(std::move(spec), stream_options);
}

Stream Carrier::AttachAlone(std::shared_ptr<CallQueue> queue,
                            const std::shared_ptr<grpc::Channel>& channel, std::string name,
                            const StreamOptions& stream_options, CarrierOptions options) {
  Carrier carrier(TransferRpc::Start(std::move(queue), channel, std::move(options),
                                     TransferRpc::Form::kOnePair));
  return carrier.Attach(std::move(name), stream_options);
}

Carrier::~Carrier() {
  if (rpc_ != nullptr) rpc_->FinishOpening();
}

Stream Carrier::Open(v1::StreamPairSpec spec, const StreamOptions& options) {
  return OpenSeat(ToCreate(std::move(spec)), options);
}

Stream Carrier::Attach(std::string name, const StreamOptions& options) {
  return OpenSeat(ToName(std::move(name)), options);
}

Stream Carrier::OpenSeat(v1::Attach attach, const StreamOptions& options) {
  return Stream(rpc_, rpc_->Open(std::move(attach), options));
}

Result<void> Carrier::Finish(absl::Time deadline) {
  rpc_->FinishOpening();
  if (!rpc_->WaitDone(deadline)) return NotClosedInTime();
  if (std::optional<StreamError> broken = rpc_->broken()) return *std::move(broken);
  return {};
}

void Carrier::Cancel() { rpc_->Cancel(); }

bool Carrier::draining() const { return rpc_->draining(); }

bool Carrier::usable() const { return rpc_->usable(); }

}  // namespace streampair::client
