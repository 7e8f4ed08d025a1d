// The ceiling: a server of raw gRPC byte streams on one completion queue, which does by itself what
// the target does behind a proxy. The first message of a call says what (see work.h).
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <cstdio>
#include <memory>
#include <string>

#include "benchmarks/load/work.h"
#include "core/base/check.h"
#include "server/process_tuning.h"

namespace streampair::bench {
namespace {

class Call;

struct Tag {
  Call* call;
  void (Call::*then)(bool ok);
};

// One RPC. Owns itself: it goes when its last operation has come back.
class Call {
 public:
  Call(grpc::AsyncGenericService& service, grpc::ServerCompletionQueue& queue, size_t piece)
      : service_(service), queue_(queue), size_(piece) {
    const grpc::Slice slice(std::string(piece, 'x'));
    piece_ = grpc::ByteBuffer(&slice, 1);
    ++pending_;
    service_.RequestCall(&context_, &stream_, &queue_, &queue_, &begun_);
  }

  void OnBegun(bool ok) {
    if (!ok) return Leave();
    new Call(service_, queue_, size_);
    Read();
    Leave();
  }

  void OnRead(bool ok) {
    if (!ok) return End(), Leave();
    if (work_ == 0) {
      std::vector<grpc::Slice> slices;
      SP_CHECK(message_.Dump(&slices).ok() && !slices.empty());
      work_ = static_cast<char>(*slices[0].begin());
      const auto work = static_cast<Work>(work_);
      if (work == Work::kDown || work == Work::kBoth) Write(piece_);
    } else if (work_ == static_cast<char>(Work::kPing)) {
      Write(message_);
    }
    Read();
    Leave();
  }

  void OnWritten(bool ok) {
    writing_ = false;
    const auto work = static_cast<Work>(work_);
    if (ok && (work == Work::kDown || work == Work::kBoth)) Write(piece_);
    Leave();
  }

  void OnFinished(bool) { Leave(); }

 private:
  void Read() {
    ++pending_;
    stream_.Read(&message_, &read_);
  }
  void Write(const grpc::ByteBuffer& message) {
    SP_CHECK(!writing_);
    writing_ = true;
    ++pending_;
    stream_.Write(message, &written_);
  }
  void End() {
    ++pending_;
    stream_.Finish(grpc::Status::OK, &finished_);
  }
  void Leave() {
    if (--pending_ == 0) delete this;
  }

  grpc::AsyncGenericService& service_;
  grpc::ServerCompletionQueue& queue_;
  const size_t size_;
  grpc::GenericServerContext context_;
  grpc::GenericServerAsyncReaderWriter stream_{&context_};
  grpc::ByteBuffer piece_;
  grpc::ByteBuffer message_;
  char work_ = 0;
  bool writing_ = false;
  int pending_ = 0;
  Tag begun_{this, &Call::OnBegun};
  Tag read_{this, &Call::OnRead};
  Tag written_{this, &Call::OnWritten};
  Tag finished_{this, &Call::OnFinished};
};

int Main(size_t piece) {
  grpc::AsyncGenericService service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.SetMaxReceiveMessageSize(-1);
  builder.RegisterAsyncGenericService(&service);
  const auto queue = builder.AddCompletionQueue();
  const auto server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  new Call(service, *queue, piece);
  std::printf("%d\n", port);
  std::fflush(stdout);
  void* tag;
  bool ok;
  while (queue->Next(&tag, &ok)) {
    const auto* each = static_cast<Tag*>(tag);
    (each->call->*each->then)(ok);
  }
  return 0;
}

}  // namespace
}  // namespace streampair::bench

int main(int argc, char** argv) {
  streampair::TuneProcess();
  return streampair::bench::Main(argc > 1 ? std::stoul(argv[1]) : 65536);
}
