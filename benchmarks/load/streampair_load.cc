// Through streampaird with our own client library: everything runs in its callbacks, on its
// threads.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "benchmarks/load/load.h"
#include "clients/cpp/client.h"

namespace streampair::bench {
namespace {

using client::Carrier;
using client::Client;
using client::ReadResult;
using client::Slices;
using client::Stream;
using client::WriteResult;

// What all connections of a load share.
struct Context {
  std::unique_ptr<Client> client;
  std::optional<Carrier> carrier;  // None: an RPC for each.
  std::string host;
  int port = 0;
  const Plan& plan;
  Meter& meter;
  grpc::Slice message;
};

// One stream after the other; the first is the one that counts unless the work is kOpen. Reading
// and writing run on whatever threads the library calls back on, one of each at a time.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Context& context, Work work) : context_(context), work_(work) {}

  void Open() {
    answered_ = false;
    v1::StreamPairSpec spec = client::HostPairSpec(context_.host, context_.port);
    if (context_.plan.tls) {
      v1::SslSettings& tls = *spec.add_properties()->mutable_ssl_settings();
      tls.set_validates_certificate_chain(false);
      tls.set_peer_name_null(v1::NULL_VALUE_UNSPECIFIED);
    }
    stream_.emplace(context_.carrier ? context_.carrier->Open(std::move(spec))
                                     : context_.client->Open(std::move(spec)));
    const char command = static_cast<char>(work_);
    stream_->Write(absl::string_view(&command, 1));
    if (work_ == Work::kStall) return;
    if (work_ == Work::kPing) SendPing();
    if (work_ == Work::kUp || work_ == Work::kBoth) WriteOn();
    ReadOn();
  }

 private:
  void WriteOn() {
    for (;;) {
      const WriteResult result = stream_->WriteSlice(context_.message, absl::InfinitePast());
      if (result.outcome == WriteResult::Outcome::kError) return Fail(result.error->ToString());
      if (result.outcome == WriteResult::Outcome::kDone) {
        context_.meter.AddUp(context_.message.size());
      } else if (stream_->NotifyWritable([self = shared_from_this()] { self->WriteOn(); })) {
        return;
      }
    }
  }

  void ReadOn() {
    for (;;) {
      slices_.clear();
      const ReadResult result = stream_->ReadSlices(1 << 20, &slices_, absl::InfinitePast());
      switch (result.outcome) {
        case ReadResult::Outcome::kBytes:
          Take(result.bytes);
          break;
        case ReadResult::Outcome::kNotYet:
          if (stream_->NotifyReadable([self = shared_from_this()] { self->ReadOn(); })) return;
          break;
        case ReadResult::Outcome::kEnd:
          if (work_ != Work::kOpen || !answered_) return Fail("the target finished");
          context_.meter.AddOpened();
          Open();
          return;
        case ReadResult::Outcome::kError:
          return Fail(result.error->ToString());
      }
    }
  }

  void Take(size_t bytes) {
    switch (work_) {
      case Work::kPing:
        got_ += bytes;
        if (got_ < context_.plan.message) return;
        context_.meter.AddRoundTrip(absl::Now() - sent_);
        return SendPing();
      case Work::kOpen:
        answered_ = true;
        return stream_->Finish();
      case Work::kIdle:
        return context_.meter.AddOpened();
      default:
        return context_.meter.AddDown(bytes);
    }
  }

  void SendPing() {
    got_ = 0;
    sent_ = absl::Now();
    stream_->WriteSlice(context_.message);
  }

  void Fail(const std::string& why) {
    std::fprintf(stderr, "load: %s\n", why.c_str());
    context_.meter.AddFailure();
  }

  Context& context_;
  const Work work_;
  std::optional<Stream> stream_;
  Slices slices_;
  size_t got_ = 0;
  bool answered_ = false;
  absl::Time sent_;
};

class StreampairLoad : public Load {
 public:
  StreampairLoad(std::string server, bool channels)
      : server_(std::move(server)), channels_(channels) {}

  void Start(const Plan& plan, Meter& meter) override {
    const std::pair<std::string, std::string> target =
        absl::StrSplit(plan.target, absl::MaxSplits(':', 1));
    context_.reset(new Context{Client::Make(server_), std::nullopt, target.first,
                               std::atoi(target.second.c_str()), plan, meter,
                               grpc::Slice(std::string(plan.message, 'x'))});
    if (channels_) context_->carrier.emplace(context_->client->MakeCarrier());
    for (int i = 0; i < plan.stalled + plan.connections; ++i) {
      connections_.push_back(
          std::make_shared<Connection>(*context_, i < plan.stalled ? Work::kStall : plan.work));
      connections_.back()->Open();
    }
  }

 private:
  const std::string server_;
  const bool channels_;
  std::unique_ptr<Context> context_;
  std::vector<std::shared_ptr<Connection>> connections_;
};

}  // namespace

std::unique_ptr<Load> MakeChannelLoad(const std::string& server) {
  return std::make_unique<StreampairLoad>(server, /*channels=*/true);
}

std::unique_ptr<Load> MakeRpcLoad(const std::string& server) {
  return std::make_unique<StreampairLoad>(server, /*channels=*/false);
}

}  // namespace streampair::bench
