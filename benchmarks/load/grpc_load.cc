// The client's side of grpc_peer: calls on one completion queue, one thread.
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "benchmarks/load/load.h"

namespace streampair::bench {
namespace {

class Call;

struct Tag {
  Call* call;
  void (Call::*then)(bool ok);
};

class Call {
 public:
  Call(grpc::GenericStub& stub, grpc::CompletionQueue& queue, const Plan& plan, Meter& meter)
      : plan_(plan), meter_(meter) {
    const grpc::Slice slice(std::string(plan.message, 'x'));
    piece_ = grpc::ByteBuffer(&slice, 1);
    stream_ = stub.PrepareCall(&context_, "/streampair.bench.Peer/Stream", &queue);
    stream_->StartCall(&started_);
  }

  void OnStarted(bool ok) {
    if (!ok) return meter_.AddFailure();
    const char command = static_cast<char>(plan_.work);
    const grpc::Slice slice(&command, 1);
    stream_->Write(grpc::ByteBuffer(&slice, 1), &written_);
  }

  void OnWritten(bool ok) {
    if (!ok) return meter_.AddFailure();
    written_any_ ? CountWrite() : Begin();
    if (plan_.work == Work::kUp || plan_.work == Work::kBoth) stream_->Write(piece_, &written_);
  }

  void OnRead(bool ok) {
    if (!ok) return meter_.AddFailure();
    if (plan_.work == Work::kPing) {
      meter_.AddRoundTrip(absl::Now() - sent_);
      pong_ = true;
      SendPing();
    } else {
      meter_.AddDown(message_.Length());
    }
    stream_->Read(&message_, &read_);
  }

 private:
  void Begin() {
    written_any_ = true;
    stream_->Read(&message_, &read_);
    pong_ = room_ = true;
    if (plan_.work == Work::kPing) SendPing();
  }
  void CountWrite() {
    room_ = true;
    if (plan_.work == Work::kPing) return SendPing();
    meter_.AddUp(plan_.message);
  }
  // When the answer has come and gRPC takes the next message, in whichever order.
  void SendPing() {
    if (!pong_ || !room_) return;
    pong_ = room_ = false;
    sent_ = absl::Now();
    stream_->Write(piece_, &written_);
  }

  const Plan& plan_;
  Meter& meter_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream_;
  grpc::ByteBuffer piece_;
  grpc::ByteBuffer message_;
  bool written_any_ = false;
  bool pong_ = false;
  bool room_ = false;
  absl::Time sent_;
  Tag started_{this, &Call::OnStarted};
  Tag written_{this, &Call::OnWritten};
  Tag read_{this, &Call::OnRead};
};

class GrpcLoad : public Load {
 public:
  explicit GrpcLoad(std::string server) : server_(std::move(server)) {}

  void Start(const Plan& plan, Meter& meter) override {
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(-1);
    stub_ = std::make_unique<grpc::GenericStub>(
        grpc::CreateCustomChannel(server_, grpc::InsecureChannelCredentials(), arguments));
    for (int i = 0; i < plan.connections; ++i) {
      calls_.push_back(std::make_unique<Call>(*stub_, queue_, plan, meter));
    }
    std::thread([this] {
      void* tag;
      bool ok;
      while (queue_.Next(&tag, &ok)) {
        const auto* each = static_cast<Tag*>(tag);
        (each->call->*each->then)(ok);
      }
    }).detach();
  }

 private:
  const std::string server_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericStub> stub_;
  std::vector<std::unique_ptr<Call>> calls_;
};

}  // namespace

std::unique_ptr<Load> MakeGrpcLoad(const std::string& server) {
  return std::make_unique<GrpcLoad>(server);
}

}  // namespace streampair::bench
